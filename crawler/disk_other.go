//go:build !linux && !darwin && !freebsd

package crawler

import "errors"

func freeDisk(string) (int64, error) {
	return 0, errors.New("this system does not say how much is free")
}
