package server

import (
	"io/fs"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// LimitMemory makes the garbage collector keep below nine tenths of the memory
// that this process's cgroup (v2) allows, so that it works harder before the
// kernel kills. It does nothing if the operator set GOMEMLIMIT or if there is no
// limit. root is the file system's root. It returns the limit in bytes, 0 if none was set.
func LimitMemory(root fs.FS, getenv func(string) string) int64 {
	if getenv("GOMEMLIMIT") != "" {
		return 0
	}
	limit := cgroupLimit(root) / 10 * 9
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	return limit
}

// cgroupLimit returns the smallest memory.max from the process's cgroup up to the
// root; 0 if there is none.
func cgroupLimit(root fs.FS) int64 {
	const mount = "sys/fs/cgroup"
	own := ""
	data, _ := fs.ReadFile(root, "proc/self/cgroup") // unreadable: as if at the root
	for line := range strings.Lines(string(data)) {
		if at, ok := strings.CutPrefix(strings.TrimSpace(line), "0::/"); ok {
			own = at
		}
	}
	var smallest int64
	for dir := path.Join(mount, own); strings.HasPrefix(dir, mount); dir = path.Dir(dir) {
		data, err := fs.ReadFile(root, path.Join(dir, "memory.max"))
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64) // "max" is no number
		if err == nil && n > 0 && (smallest == 0 || n < smallest) {
			smallest = n
		}
	}
	return smallest
}
