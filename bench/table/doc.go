// Package table makes the tables of bench/README.md of raw runs.
package table
