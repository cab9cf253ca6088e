package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/config"
)

// listen opens a listener's socket; nil if it is off.
func listen(key string, l *config.Listener) (net.Listener, error) {
	if l.Listen == "" {
		return nil, nil
	}
	open := func() (net.Listener, error) { return net.Listen("tcp", l.Listen) }
	if path, ok := strings.CutPrefix(l.Listen, "unix:"); ok {
		open = func() (net.Listener, error) { return listenUnix(path, l.SocketMode) }
	}
	lis, err := open()
	if err != nil {
		return nil, fmt.Errorf("%s.listen: %w", key, err)
	}
	return lis, nil
}

func listenUnix(path, mode string) (net.Listener, error) {
	perm, err := strconv.ParseUint(mode, 8, 32)
	if err != nil {
		return nil, fmt.Errorf("socket mode %q: expected octal digits", mode)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	lis, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, fs.FileMode(perm)); err != nil {
		return nil, errors.Join(err, lis.Close())
	}
	return lis, nil
}

// removeStale removes a socket that a process left behind when it was killed. It
// touches nothing that is not a socket or that somebody answers.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s exists and is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close() //nolint:errcheck // nothing was written
		return fmt.Errorf("%s: another process serves on it", path)
	}
	return os.Remove(path)
}
