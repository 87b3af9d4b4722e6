package report

import "slices"

// top keeps the first so many of what it is given, in the order of compare, in little more memory than they take.
type top[T any] struct {
	most    int
	compare func(a, b T) int
	all     []T
	total   int64
}

func (t *top[T]) add(v T) {
	t.total++
	if t.all = append(t.all, v); len(t.all) >= 2*t.most+64 {
		t.cut()
	}
}

func (t *top[T]) cut() []T {
	slices.SortFunc(t.all, t.compare)
	if len(t.all) > t.most {
		clear(t.all[t.most:])
		t.all = t.all[:t.most]
	}
	return t.all
}
