package generator

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// An http1 is a kept-alive HTTP/1.1 connection with one request in flight.
type http1 struct {
	*socket
	in   []byte // room for one answer
	have int
	busy bool
	call call
}

func newHTTP1(s *socket) *http1 { return &http1{socket: s, in: make([]byte, 64<<10)} }

func (c *http1) sock() *socket { return c.socket }

func (c *http1) room(int) bool { return !c.busy }

func (c *http1) send(body []byte, k call) {
	c.out = append(c.out, body...)
	c.call, c.busy = k, true
}

func (c *http1) readable(done func(call, answer)) error {
	n, err := c.read(c.in[c.have:])
	if err != nil {
		return err
	}
	c.have += n
	for {
		size, status, err := parseAnswer(c.in[:c.have])
		if err != nil || size == 0 {
			return err
		}
		if !c.busy {
			return errors.New("an answer that nobody asked for")
		}
		c.busy = false
		c.have = copy(c.in, c.in[size:c.have])
		switch {
		case status == 200:
			done(c.call, answer{allowed: true, bytes: size, at: time.Now()})
		case status == 401 || status == 403:
			done(c.call, answer{bytes: size, at: time.Now()})
		default:
			done(c.call, answer{failed: fmt.Sprintf("status %d", status), bytes: size, at: time.Now()})
		}
	}
}

var (
	endOfHead = []byte("\r\n\r\n")
	lengthIs  = []byte("\r\ncontent-length: ")
)

// parseAnswer returns the size and the status of the first answer in data, or 0 if
// it has not all come. It reads the spelling of Envoy, not all that HTTP permits.
func parseAnswer(data []byte) (size, status int, err error) {
	head := bytes.Index(data, endOfHead)
	if head < 0 {
		return 0, 0, nil
	}
	if len(data) < 12 || string(data[:9]) != "HTTP/1.1 " {
		return 0, 0, fmt.Errorf("an answer that begins %.20q", data)
	}
	status = int(data[9]-'0')*100 + int(data[10]-'0')*10 + int(data[11]-'0')
	body := 0
	if at := bytes.Index(data[:head+2], lengthIs); at >= 0 {
		text := data[at+len(lengthIs) : head+2]
		if body, err = strconv.Atoi(string(text[:bytes.IndexByte(text, '\r')])); err != nil {
			return 0, 0, err
		}
	} else {
		return 0, 0, fmt.Errorf("an answer without content-length: %.300q", data[:head])
	}
	if size = head + len(endOfHead) + body; size > len(data) {
		return 0, 0, nil
	}
	return size, status, nil
}
