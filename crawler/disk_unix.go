//go:build linux || darwin || freebsd

package crawler

import "golang.org/x/sys/unix"

// freeDisk is how many bytes are free for us on the disk where a file lies.
func freeDisk(path string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
