//go:build !linux && !darwin && !freebsd

package crawler

func freeDisk(string) (int64, error) { return 0, errNoDisk }
