// Package workload makes the bundles and requests that MayI is measured with.
// Everything is made of a seed: the same seed makes the same bytes everywhere. A
// workload is told twice, as a bundle of JSON files and as a Model that speaks of
// the same policies without any language, so that the same questions can be put to
// an engine with a language of its own.
package workload
