package arn_test

import "testing"

func TestPrincipals(t *testing.T) {
	type names struct{ user, role, assumed, session, federated string }
	for _, c := range []struct {
		arn  string
		root bool
		want names
	}{
		{"arn:aws:iam::1:root", true, names{}},
		{"arn:aws-cn:iam::1:root", true, names{}},
		{"arn:aws:iam:::root", false, names{}},
		{"arn:aws:iam:eu:1:root", false, names{}},
		{"arn:aws:s3::1:root", false, names{}},
		{"arn:aws:iam::1:root/x", false, names{}},
		{"arn:aws:iam::1:user/alice", false, names{user: "alice"}},
		{"arn:aws:iam::1:user/a/b/alice", false, names{user: "alice"}},
		{"arn:aws:iam::1:user/alice/", false, names{}},
		{"arn:aws:iam::1:user", false, names{}},
		{"arn:aws:sts::1:user/alice", false, names{}},
		{"arn:aws:iam::1:role/ci", false, names{role: "ci"}},
		{"arn:aws:iam::1:role/service-role/ci", false, names{role: "ci"}},
		{"arn:aws:iam::1:group/ci", false, names{}},
		{"arn:aws:sts::1:assumed-role/ci/run-7", false, names{assumed: "ci", session: "run-7"}},
		{"arn:aws:sts::1:assumed-role/ci", false, names{}},
		{"arn:aws:sts::1:assumed-role/ci/", false, names{}},
		{"arn:aws:sts::1:assumed-role//run", false, names{}},
		{"arn:aws:sts::1:assumed-role/path/ci/run", false, names{}},
		{"arn:aws:iam::1:assumed-role/ci/run", false, names{}},
		{"arn:aws:sts::1:federated-user/bob", false, names{federated: "bob"}},
		{"arn:aws:sts::1:federated-user/a/bob", false, names{}},
		{"arn:aws:iam::1:federated-user/bob", false, names{}},
		{"arn:wami:iam:1/2:wami:9:user/alice", false, names{user: "alice"}},
		{"arn:wami:iam:1/2:wami:9:aws:22:global:role/p/ci", false, names{role: "ci"}},
		{"arn:wami:sts:1:wami:9:assumed-role/ci/run", false, names{assumed: "ci", session: "run"}},
	} {
		a := mustParse(t, c.arn)
		var got names
		var ok [4]bool
		got.user, ok[0] = a.User()
		got.role, ok[1] = a.Role()
		got.assumed, got.session, ok[2] = a.AssumedRole()
		got.federated, ok[3] = a.FederatedUser()
		want := [4]bool{c.want.user != "", c.want.role != "", c.want.assumed != "", c.want.federated != ""}
		if got != c.want || ok != want || a.AccountRoot() != c.root {
			t.Errorf("%s: got %+v %v and root %v, want %+v %v and root %v", c.arn, got, ok, a.AccountRoot(), c.want, want, c.root)
		}
	}
}

func TestSessionOf(t *testing.T) {
	for _, c := range []struct {
		name, session, role string
		want                bool
	}{
		{"plain", "arn:aws:sts::1:assumed-role/ci/run", "arn:aws:iam::1:role/ci", true},
		{"role with a path", "arn:aws:sts::1:assumed-role/ci/run", "arn:aws:iam::1:role/a/b/ci", true},
		{"another name", "arn:aws:sts::1:assumed-role/ci/run", "arn:aws:iam::1:role/cd", false},
		{"case of a name", "arn:aws:sts::1:assumed-role/CI/run", "arn:aws:iam::1:role/ci", false},
		{"path only", "arn:aws:sts::1:assumed-role/ci/run", "arn:aws:iam::1:role/ci/cd", false},
		{"another account", "arn:aws:sts::2:assumed-role/ci/run", "arn:aws:iam::1:role/ci", false},
		{"no account", "arn:aws:sts:::assumed-role/ci/run", "arn:aws:iam:::role/ci", false},
		{"another partition", "arn:aws-cn:sts::1:assumed-role/ci/run", "arn:aws:iam::1:role/ci", false},
		{"another region", "arn:aws:sts:eu:1:assumed-role/ci/run", "arn:aws:iam::1:role/ci", false},
		{"a user", "arn:aws:sts::1:assumed-role/ci/run", "arn:aws:iam::1:user/ci", false},
		{"no session", "arn:aws:iam::1:role/ci", "arn:aws:iam::1:role/ci", false},
		{"WAMI", "arn:wami:sts:1:wami:9:assumed-role/ci/run", "arn:wami:iam:1:wami:9:role/ci", true},
		{"WAMI, another tenant", "arn:wami:sts:1/2:wami:9:assumed-role/ci/run", "arn:wami:iam:1:wami:9:role/ci", false},
		{"WAMI, another instance", "arn:wami:sts:1:wami:8:assumed-role/ci/run", "arn:wami:iam:1:wami:9:role/ci", false},
		{"WAMI, native and cloud", "arn:wami:sts:1:wami:9:assumed-role/ci/run", "arn:wami:iam:1:wami:9:aws:22:global:role/ci", false},
		{"WAMI, another provider", "arn:wami:sts:1:wami:9:aws:22:global:assumed-role/ci/run", "arn:wami:iam:1:wami:9:gcp:22:global:role/ci", false},
		{"WAMI, cloud", "arn:wami:sts:1:wami:9:aws:22:global:assumed-role/ci/run", "arn:wami:iam:1:wami:9:aws:22:role/ci", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mustParse(t, c.session).SessionOf(mustParse(t, c.role)); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
