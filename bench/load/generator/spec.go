package generator

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"time"
)

// A Spec says what load to put on whom.
type Spec struct {
	Protocol string // "grpc": one unary method over HTTP/2; "http": HTTP/1.1, kept alive
	Network  string // "unix" or "tcp"
	Address  string
	Method   string // of gRPC, "/service/Method"
	Requests string // a file that WriteRequests wrote
	Conns    int
	InFlight int     // at most, over all connections
	Rate     float64 // calls a second on a constant schedule; 0 is a closed loop
	Warm     time.Duration
	For      time.Duration // the window that is measured, after Warm
	Once     bool          // instead of for a time: each request once
	Compare  bool          // answers with what the requests want
	PIDs     []int         // whose CPU is read at both ends of the window
}

// A Result is what a run came to. Latencies are in microseconds.
type Result struct {
	Calls   int64         // answered within the window
	Failed  int64         // of all calls: no answer, or one that is none
	Wrong   int64         // of all calls: another answer than wanted
	First   string        // what the first of Failed or Wrong was
	Allowed int64         // of Calls
	For     time.Duration // the window, as it was
	// The latencies of the calls that were due within the window.
	Min, P50, P90, P99, P999, Max, Mean float64
	// Late is by how much the generator itself sent later than due although the
	// server's side was ready: its own share in the latencies.
	LateP99, LateMax float64
	CPU              []time.Duration // user and system, of each of Spec.PIDs
	Self             time.Duration   // the generator's own CPU in the window
	Bytes            int64           // of answers
}

// PerSecond is how many calls were answered a second.
func (r *Result) PerSecond() float64 { return float64(r.Calls) / r.For.Seconds() }

// PerCall is the CPU of Spec.PIDs[i] for one call, in microseconds.
func (r *Result) PerCall(i int) float64 {
	return float64(r.CPU[i].Nanoseconds()) / 1000 / float64(max(r.Calls, 1))
}

// A Request is encoded as it goes over the wire: a message of gRPC, or all of an
// HTTP/1.1 request.
type Request struct {
	Body []byte
	Want bool // allowed
}

// WriteRequests writes requests to a file that a Spec names.
func WriteRequests(name string, requests []Request) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, r := range requests {
		head := binary.LittleEndian.AppendUint32(nil, uint32(len(r.Body))<<1)
		if r.Want {
			head[0] |= 1
		}
		w.Write(head)
		w.Write(r.Body)
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func readRequests(name string) (list []Request, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	for len(data) > 0 {
		if len(data) < 4 {
			return nil, fmt.Errorf("%s: %w", name, io.ErrUnexpectedEOF)
		}
		head := binary.LittleEndian.Uint32(data)
		size := int(head >> 1)
		if len(data) < 4+size {
			return nil, fmt.Errorf("%s: %w", name, io.ErrUnexpectedEOF)
		}
		list = append(list, Request{Body: data[4 : 4+size : 4+size], Want: head&1 == 1})
		data = data[4+size:]
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no requests", name)
	}
	return list, nil
}
