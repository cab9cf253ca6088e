package directory_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mayi-authz/mayi/policystore/source/directory"
)

func Example() {
	dir, _ := os.MkdirTemp("", "policies")
	defer os.RemoveAll(dir)
	os.WriteFile(filepath.Join(dir, "readers.json"), []byte(`{}`), 0o644)
	os.WriteFile(filepath.Join(dir, "README.md"), []byte(`not a policy`), 0o644)

	d, err := directory.New(directory.Options{Path: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := d.Fetch(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range bundle.Files {
		fmt.Println(f.Path, len(f.Data))
	}
	// Output: readers.json 2
}
