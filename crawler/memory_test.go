package crawler

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestRoomIsGivenInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(10, nil)
		first := r.take(t.Context(), 6)
		var order []int64
		for _, n := range []int64{99, 1} { // more than there is, and what would still fit
			go func() {
				leave := r.take(t.Context(), n)
				order = append(order, n)
				leave()
				leave()
			}()
			synctest.Wait()
		}
		if len(order) > 0 {
			t.Fatalf("%v came in while there was no room", order)
		}
		first()
		synctest.Wait()
		if len(order) != 2 || order[0] != 99 || r.free != 10 {
			t.Errorf("in came %v, %d bytes are free", order, r.free)
		}
	})
}

func TestWaitForRoomEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(10, nil)
		first := r.take(t.Context(), 6)
		ctx, cancel := context.WithCancel(t.Context())
		waits, behind := make(chan func(), 1), make(chan func(), 1)
		go func() { waits <- r.take(ctx, 10) }()
		synctest.Wait()
		go func() { behind <- r.take(t.Context(), 4) }()
		synctest.Wait()
		cancel()
		leave := <-waits
		(<-behind)() // it waited for the other alone
		leave()
		first()
		if r.free != 10 || len(r.queue) > 0 {
			t.Errorf("%d bytes are free, %d wait", r.free, len(r.queue))
		}
	})
}
