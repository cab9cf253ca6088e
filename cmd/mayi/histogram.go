package main

import (
	"math/bits"
	"time"
)

// A histogram counts durations in buckets that are exact up to 63 ns and from there
// on no wider than 1/32 of what they hold: every power of two has 32 of them. The
// zero histogram is empty. It is not safe for concurrent use: merge several.
type histogram struct {
	counts [bucketCount]uint64
	total  uint64
	sum    time.Duration
	max    time.Duration
}

const (
	subBits     = 5
	subBuckets  = 1 << subBits // of a power of two
	bucketCount = (64 - subBits) * subBuckets
)

// bucketOf returns the number of the bucket of a duration.
func bucketOf(d time.Duration) int {
	n := uint64(max(d, 0))
	shift := max(bits.Len64(n)-subBits-1, 0)
	return shift<<subBits + int(n>>shift)
}

// bucketFloor returns the shortest duration of a bucket.
func bucketFloor(bucket int) time.Duration {
	shift := max(bucket>>subBits-1, 0)
	return time.Duration(bucket-shift<<subBits) << shift
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(d)]++
	h.total++
	h.sum += max(d, 0)
	h.max = max(h.max, d)
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.sum += other.sum
	h.max = max(h.max, other.max)
}

// quantile returns a duration that the share q of all do not exceed: the longest
// that falls into its bucket. It is 0 of an empty histogram.
func (h *histogram) quantile(q float64) time.Duration {
	rank := uint64(q*float64(h.total) + 0.5)
	for bucket, n := range h.counts {
		if n == 0 {
			continue
		}
		if n >= rank {
			return min(bucketFloor(bucket+1)-1, h.max)
		}
		rank -= n
	}
	return h.max
}

// A bar is the count of durations from one until below another.
type bar struct {
	from, below time.Duration
	count       uint64
}

// bars gathers the histogram in at most rows bars, of which all but the last are
// spaced evenly in the logarithm. The last takes what is slower than 99 of 100,
// however slow that is.
func (h *histogram) bars(rows int) []bar {
	if h.total == 0 {
		return nil
	}
	first, last := 0, bucketOf(h.quantile(0.99))
	for h.counts[first] == 0 {
		first++
	}
	width := 1
	for (last-first/width*width)/width+1 >= rows {
		width *= 2
	}
	var list []bar
	end := first / width * width
	for ; end <= last; end += width {
		b := bar{from: bucketFloor(end), below: bucketFloor(end + width)}
		for _, n := range h.counts[end : end+width] {
			b.count += n
		}
		list = append(list, b)
	}
	rest := bar{from: bucketFloor(end), below: h.max + 1}
	for _, n := range h.counts[end:] {
		rest.count += n
	}
	if rest.count > 0 {
		list = append(list, rest)
	}
	return list
}
