package pdp

// CompiledByDecode reports whether Compile takes what Decode has compiled.
func CompiledByDecode(p *Policy) bool { return p.finished != nil && p.finished.fits(p) }
