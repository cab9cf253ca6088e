// Package conditions evaluates IAM condition blocks over the keys of a request
// in three-valued logic: what cannot be read never widens access.
package conditions
