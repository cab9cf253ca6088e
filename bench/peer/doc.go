// Package peer puts the workloads to other engines: each gets the same policies in
// its own language and the same requests in its own form, and must give the same
// decisions before anything is timed.
//
// Whatever an engine can be given beforehand it is given beforehand: policies are
// sorted to their principals, requests are converted, programs are prepared. What is
// timed is the decision alone. Where an engine offers more than one way to say a
// thing, the faster one is used.
package peer
