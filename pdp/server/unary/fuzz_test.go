package unary_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/mayi-authz/mayi/pdp/server/unary"
)

// A pipeListener hands out one end of pipes.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Net: "unix"} }

// FuzzFrames sends whatever comes behind the preface. The server answers with frames
// that the framer can read, answers no stream twice, and the connection ends.
func FuzzFrames(f *testing.F) {
	seed := func(write func(fr *http2.Framer)) {
		var b bytes.Buffer
		fr := http2.NewFramer(&b, nil)
		fr.AllowIllegalWrites = true
		fr.WriteSettings() //nolint:errcheck // into memory
		write(fr)
		f.Add(b.Bytes())
	}
	head := func(fr *http2.Framer, id uint32, path string) {
		fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, BlockFragment: usualBlock(path)}) //nolint:errcheck // into memory
	}
	for _, path := range []string{echoPath, failPath, panicPath, bigPath, "/"} {
		seed(func(fr *http2.Framer) {
			head(fr, 1, path)
			fr.WriteData(1, true, message("x")) //nolint:errcheck // into memory
		})
	}
	seed(func(fr *http2.Framer) {
		fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 3}, http2.Setting{ID: http2.SettingHeaderTableSize}) //nolint:errcheck // into memory
		head(fr, 1, echoPath)
		head(fr, 3, echoPath)
		fr.WriteDataPadded(1, false, message("x")[:3], make([]byte, 5)) //nolint:errcheck // into memory
		fr.WriteRSTStream(3, http2.ErrCodeCancel)                       //nolint:errcheck // into memory
		fr.WriteData(1, true, message("x")[3:])                         //nolint:errcheck // into memory
		fr.WriteWindowUpdate(1, 100)                                    //nolint:errcheck // into memory
		fr.WritePing(false, [8]byte{})                                  //nolint:errcheck // into memory
		fr.WritePriority(5, http2.PriorityParam{})                      //nolint:errcheck // into memory
		fr.WriteGoAway(0, 0, nil)                                       //nolint:errcheck // into memory
		fr.WriteContinuation(7, true, nil)                              //nolint:errcheck // into memory
	})
	seed(func(fr *http2.Framer) { // from RFC 7541, appendix C
		fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff")}) //nolint:errcheck // into memory
		fr.WriteContinuation(1, true, []byte("\x3f\xe1\x1f\xbe"))                                                                                            //nolint:errcheck // into memory
	})
	l := &pipeListener{make(chan net.Conn), make(chan struct{})}
	panics := make(chan any, 100_000)
	s := unary.New(unary.Options{Methods: methods(), MaxMessageBytes: 1 << 16, MaxStreams: 10, Panicked: func(v any, _ []byte) {
		if v != "planted" {
			panics <- v
		}
	}})
	go s.Serve(l) //nolint:errcheck // it ends with the test
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, data []byte) {
		ours, theirs := net.Pipe()
		l.conns <- theirs
		if err := ours.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() { // an error says that the server has had enough
			ours.Write([]byte(http2.ClientPreface)) //nolint:errcheck // as said
			ours.Write(data)                        //nolint:errcheck // as said
			// Pipes have no half: a frame that is none says that it is over.
			ours.Write([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff")) //nolint:errcheck // as said
			ours.Write(make([]byte, 1<<17))                            //nolint:errcheck // as said
		}()
		fr := http2.NewFramer(nil, ours)
		ended := map[uint32]bool{}
		for {
			frame, err := fr.ReadFrame()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal("the connection does not end")
			}
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
					t.Fatal(err)
				}
				break
			}
			h := frame.Header()
			if h.Type != http2.FrameHeaders && h.Type != http2.FrameData {
				continue
			}
			if ended[h.StreamID] {
				t.Fatalf("%v behind the end of its stream", h)
			}
			ended[h.StreamID] = h.Flags.Has(http2.FlagHeadersEndStream)
		}
		ours.Close() //nolint:errcheck // it is over
		select {
		case v := <-panics:
			t.Fatal(v)
		default:
		}
	})
}
