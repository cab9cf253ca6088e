package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for bucket := range bucketOf(time.Hour) {
		from, below := bucketFloor(bucket), bucketFloor(bucket+1)
		switch {
		case bucketOf(from) != bucket, bucketOf(below-1) != bucket:
			t.Fatalf("bucket %d: [%d, %d) falls into %d to %d", bucket, from, below, bucketOf(from), bucketOf(below-1))
		case from < 2*subBuckets && below != from+1, (below-from)*subBuckets > max(from, subBuckets):
			t.Fatalf("bucket %d: [%d, %d) is too wide", bucket, from, below)
		}
	}
	if bucketOf(-1) != 0 || bucketOf(1<<63-1) >= bucketCount {
		t.Error("the ends of what there is do not have buckets")
	}
}

// TestHistogramAgainstSorting compares with the plain way.
func TestHistogramAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 10, 999, 20_000} {
		var list []time.Duration
		parts := make([]histogram, 3)
		for i := range n {
			d := time.Duration(rng.ExpFloat64() * 400)
			if rng.IntN(500) == 0 {
				d *= 10_000
			}
			list = append(list, d)
			parts[i%3].add(d)
		}
		var h histogram
		for i := range parts {
			h.merge(&parts[i])
		}
		slices.Sort(list)
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
			want := list[max(int(q*float64(n)+0.5)-1, 0)]
			if got := h.quantile(q); got < want || got > want+want/subBuckets+1 {
				t.Errorf("of %d the quantile %v is %d; expected %d or hardly more", n, q, got, want)
			}
		}
		checkBars(t, &h, list)
	}
	if h := new(histogram); h.quantile(0.5) != 0 || h.bars(10) != nil {
		t.Error("an empty histogram holds something")
	}
}

func checkBars(t *testing.T, h *histogram, list []time.Duration) {
	t.Helper()
	for _, rows := range []int{2, 10, 20} {
		bars := h.bars(rows)
		if len(bars) > rows {
			t.Errorf("%d bars; expected at most %d", len(bars), rows)
		}
		var total uint64
		for i, b := range bars {
			in := 0
			for _, d := range list {
				if b.from <= d && d < b.below {
					in++
				}
			}
			if uint64(in) != b.count || i > 0 && b.from != bars[i-1].below {
				t.Errorf("of %d bar %d is %+v; expected %d", len(list), i, b, in)
			}
			total += b.count
		}
		if total != h.total || h.total != uint64(len(list)) {
			t.Errorf("the bars hold %d of %d", total, h.total)
		}
	}
}
