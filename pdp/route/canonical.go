package route

// Canonical reads method, authority (Host or :authority) and target (path and
// query as the proxy gave them) into the one form that everything else sees. Its
// error is a *Malformed. The caller sets Header and Tunnel.
func Canonical(method, authority, target string, o Options) (HTTP, error) {
	return HTTP{}, &Malformed{What: "path", Reason: "not read yet"}
}
