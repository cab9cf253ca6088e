package generator

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// errAgain says that a socket has nothing to read, or no room to write.
var errAgain = errors.New("would block")

// A socket is a connection without the runtime's poller: a read or a write is one
// system call in this thread, and who waits for it is the loop.
type socket struct {
	fd  int
	out []byte // not written yet
}

func dial(network, address string) (*socket, error) {
	family, to, err := sockaddr(network, address)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	err = unix.Connect(fd, to)
	if err == nil && family != unix.AF_UNIX {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("connect %s: %w", address, err)
	}
	return &socket{fd: fd}, nil
}

func sockaddr(network, address string) (int, unix.Sockaddr, error) {
	if network == "unix" {
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: address}, nil
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0, nil, err
	}
	if !ap.Addr().IsLoopback() {
		return 0, nil, fmt.Errorf("%s is not this machine's own address", address)
	}
	if ap.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}, nil
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16()}, nil
}

func (s *socket) read(into []byte) (int, error) {
	for {
		n, err := unix.Read(s.fd, into)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, errAgain
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// flush writes what there is; what has no room stays.
func (s *socket) flush() error {
	done := 0
	for done < len(s.out) {
		n, err := unix.Write(s.fd, s.out[done:])
		if err == unix.EINTR {
			continue
		}
		if err == unix.EAGAIN {
			break
		}
		if err != nil {
			return err
		}
		done += n
	}
	s.out = s.out[:copy(s.out, s.out[done:])]
	return nil
}

// wait blocks until one of the sockets can be read, or written where something is
// left to write, or for at most as long as told.
func wait(fds []unix.PollFd, atMost time.Duration) error {
	timeout := unix.NsecToTimespec(max(int64(atMost), 0))
	_, err := unix.Ppoll(fds, &timeout, nil)
	if err == unix.EINTR {
		return nil
	}
	return err
}
