// Package floor decides the workloads with Go that is written for their shape: what
// somebody could reach who knows which policies there will be. It gives the same
// decisions, but no reasons and no deciding statements, takes requests whose
// attributes are parsed already, and can do nothing else. It is not a policy engine;
// it is the mark for how little a decision can cost.
//
// Each shape has its own index, made when a workload is loaded: by principal and
// service where many principals hold policies (crowd.go), by the one part of a
// resource's name that tells statements apart where one principal holds all, or
// everyone (plot.go), by the value of the telling condition where only conditions
// tell (telling.go), by tenant and service where tenants limit (tenants.go). Denies
// stand before Allows, so that the first statement that applies decides.
package floor
