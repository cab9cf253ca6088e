// Package kubelettest writes a folder as the kubelet writes a ConfigMap volume:
// the same steps in the same order, so that readers and watchers can be tested
// without Kubernetes. It is for tests.
package kubelettest
