package kubelettest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Volume is a folder that is written as the kubelet writes one.
type Volume struct {
	dir     string
	serial  int
	current string // the folder that ..data leads to; "" before the first Write
	links   []string

	// Step, if set, is called after each step of Write with its name: "folder",
	// "files", "data_tmp", "data", "link NAME", "unlink NAME" and "removed".
	// Between "data" and the last "unlink" new files are not linked yet and links
	// of dropped files lead nowhere.
	Step func(step string)
}

// New returns a volume over an existing, empty folder.
func New(dir string) *Volume { return &Volume{dir: dir} }

// Write makes files, by path, the content of the volume. Seen through inotify it
// is CREATE of the new folder, CHMOD, CREATE ..data_tmp, RENAME, CREATE ..data,
// CREATE of new links, REMOVE of stale ones, REMOVE of the old folder.
func (v *Volume) Write(files map[string]string) error {
	v.serial++
	stamp := fmt.Sprintf("..2026_01_01_00_00_00.%d", v.serial)
	if err := v.payload(filepath.Join(v.dir, stamp), files); err != nil {
		return err
	}
	tmp := filepath.Join(v.dir, "..data_tmp")
	if err := v.step("data_tmp", os.Symlink(stamp, tmp)); err != nil {
		return err
	}
	if err := v.step("data", os.Rename(tmp, filepath.Join(v.dir, "..data"))); err != nil {
		return err
	}
	if err := v.relink(files); err != nil {
		return err
	}
	old := v.current
	v.current = stamp
	if old == "" {
		return nil
	}
	return v.step("removed", os.RemoveAll(filepath.Join(v.dir, old)))
}

func (v *Volume) payload(folder string, files map[string]string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	if err := v.step("folder", os.Chmod(folder, 0o755)); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		name := filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(files[path]), 0o644); err != nil {
			return err
		}
	}
	return v.step("files", nil)
}

// relink makes the links that users see: one for each first name of a path.
func (v *Volume) relink(files map[string]string) error {
	var wanted []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		name, _, _ := strings.Cut(path, "/")
		if !slices.Contains(wanted, name) {
			wanted = append(wanted, name)
		}
	}
	for _, name := range wanted {
		if slices.Contains(v.links, name) {
			continue
		}
		if err := v.step("link "+name, os.Symlink(filepath.Join("..data", name), filepath.Join(v.dir, name))); err != nil {
			return err
		}
	}
	for _, name := range v.links {
		if slices.Contains(wanted, name) {
			continue
		}
		if err := v.step("unlink "+name, os.Remove(filepath.Join(v.dir, name))); err != nil {
			return err
		}
	}
	v.links = wanted
	return nil
}

func (v *Volume) step(name string, err error) error {
	if err == nil && v.Step != nil {
		v.Step(name)
	}
	return err
}
