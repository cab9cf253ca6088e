package server_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/policystore"
)

// sampleFiles returns deploy/policies, by name.
func sampleFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	dir := os.DirFS("../../deploy/policies")
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(dir, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSampleBundleBroken(t *testing.T) {
	if _, err := policystore.LoadFiles(sampleFiles(t)); err != nil {
		t.Fatalf("the sample bundle itself: %v", err)
	}
	tests := []struct {
		name, file, old, new string
		want                 []string // each stands in the error
	}{
		{"misspelt element", "admin.json", `"Action"`, `"Actions"`, []string{"admin.json:3:", "/Statement/Actions", "Invalid policy element"}},
		{"misspelt effect", "orders-team.json", `"Allow"`, `"allow"`, []string{"orders-team.json:6:", "/Statement/0/Effect", "Invalid effect", `"allow"`}},
		{"unknown operator", "orders-team.json", `"NumericLessThanEquals"`, `"NumericLess"`, []string{"orders-team.json:15:", "/Statement/1/Condition/NumericLess", "Invalid condition operator"}},
		{"a value that is no address", "orders-team.json", `"192.0.2.0/24"`, `"192.0.2.0/33"`, []string{"orders-team.json:23:", "/Statement/2/Condition/IpAddress/aws:SourceIp/0", "192.0.2.0/33"}},
		{"a date that is none", "contractor-until.json", "2031-01-01", "2031-13-01", []string{"contractor-until.json:8:", "/Statement/Condition/DateGreaterThanEquals/aws:CurrentTime"}},
		{"variable without its brace", "documents-team.json", "${aws:username}", "${aws:username", []string{"documents-team.json:15:", "/Statement/1/Resource/0", "Missing brace in variable"}},
		{"the same element twice", "legal-hold.json", `"Principal": "*",`, `"Principal": "*", "Effect": "Allow",`, []string{"legal-hold.json:7:", "/Statement/Effect", "duplicate", `"Effect"`}},
		{"a policy that nobody wrote", "directory.json", `["contractor-until"]`, `["contractor-untill", "contractor-until"]`, []string{"directory.json:9:", "/users/", "contractor-untill"}},
		{"a role that nobody wrote", "directory.json", `["store-manager"]`, `["store-manger"]`, []string{"directory.json:11:", "/memberships/444455556666/roles/0", "store-manger"}},
		{"a tenant that nobody declared", "directory.json", `"memberships": {"444455556666"`, `"memberships": {"444455556667"`, []string{"directory.json:11:", "444455556667"}},
		{"a boundary that nobody wrote", "directory.json", `"boundary": "seasonal"`, `"boundary": "seasnal"`, []string{"directory.json:12:", "seasnal"}},
		{"a parent that nobody declared", "directory.json", `"parent": "111122223333"`, `"parent": "111122223334"`, []string{"directory.json:4:", "111122223334"}},
		{"a field that is not supported", "directory.json", `"tags": {"department": "platform"}`, `"nickname": "c"`, []string{"directory.json:10:", "nickname"}},
		{"routes of which neither is the more specific", "routes.json", `{"path": "/orders", "methods"`, `{"path": "/{x}", "methods": ["GET"], "action": "x:Y", "resource": "*"}, {"path": "/orders", "methods"`, []string{"routes.json:10:", "/routes/4", "neither is more specific"}},
		{"cut in half", "services.json", "", "", []string{"services.json:9:", "/Statement/0", "unexpected"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := sampleFiles(t)
			text := string(files[tt.file])
			switch {
			case tt.old == "":
				text = text[:len(text)/2]
			case !strings.Contains(text, tt.old):
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			default:
				text = strings.Replace(text, tt.old, tt.new, 1)
			}
			files[tt.file] = []byte(text)
			_, err := policystore.LoadFiles(files)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error\n%v\ndoes not hold %q", err, want)
				}
			}
		})
	}
}
