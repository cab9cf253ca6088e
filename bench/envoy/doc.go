// Package envoy writes the configuration of the Envoy that load is put through:
// one process, one worker, and a listener for each ext_authz server (and one that
// asks nobody), all else being the same. What is allowed is answered by Envoy
// itself, so that no upstream takes part in the numbers.
package envoy
