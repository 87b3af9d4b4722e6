package crawlfile

import (
	"errors"
	"os"
	"syscall"
)

const (
	deleteOnClose    = 0x04000000        // FILE_FLAG_DELETE_ON_CLOSE
	sharingViolation = syscall.Errno(32) // ERROR_SHARING_VIOLATION
	deleteAccess     = 0x00010000        // DELETE
)

// lockFile opens the file for this process alone, but lets others read it; the system removes it when the handle is gone.
func lockFile(name string) (*os.File, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE|deleteAccess, syscall.FILE_SHARE_READ, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL|deleteOnClose, 0)
	if errors.Is(err, sharingViolation) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), name), nil
}

func removeLocked(string) error { return nil }

// held reports whether somebody holds the lock: its holder lets nobody else write.
func held(name string) (bool, error) {
	f, err := openBeside(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE)
	if errors.Is(err, sharingViolation) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, f.Close()
}

// openShared opens a lock for reading what its holder says.
func openShared(name string) (*os.File, error) { return openBeside(name, syscall.GENERIC_READ) }

// openBeside opens a file that others may have open in whatever way.
func openBeside(name string, access uint32) (*os.File, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	const all = syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE | syscall.FILE_SHARE_DELETE
	h, err := syscall.CreateFile(p, access, all, nil, syscall.OPEN_EXISTING, 0, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), name), nil
}
