package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// Cost is what one run of a program took, with all of its children that it waited for.
type Cost struct {
	Wall, CPU time.Duration
	RSS       int64 // bytes: the peak of the largest process
	Exit      int   // -1 if a signal ended it
	Late      bool  // it was killed at the limit
}

// launch is the harness as the parent of one program: it starts it, waits, and prints the cost as JSON. It is a process of its own because Linux counts
// the memory of whoever calls exec as that of the program, and the harness holds logs.
//
//	bench launch LIMIT COMMAND ARGS...
func launch(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: launch LIMIT COMMAND ARGS")
	}
	limit, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	late := make(chan bool, 1)
	timer := time.AfterFunc(limit, func() {
		late <- true
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its group: its children, too
	})
	err = cmd.Wait()
	c := Cost{Wall: time.Since(begun)}
	timer.Stop()
	if cmd.ProcessState == nil {
		return err
	}
	select {
	case c.Late = <-late:
	default:
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	c.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.RSS, c.Exit = usage.Maxrss<<10, cmd.ProcessState.ExitCode() // Linux counts in KiB
	return json.NewEncoder(os.Stdout).Encode(c)
}

// measure runs a command to its end, or to the limit. What it writes is thrown away but for the end of stderr, which an error has.
func measure(ctx context.Context, limit time.Duration, command ...string) (Cost, error) {
	var c Cost
	self, err := os.Executable()
	if err != nil {
		return c, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"launch", strconv.FormatFloat(limit.Seconds(), 'f', 3, 64) + "s"}, command...)...)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = environment()
	var tail tail
	cmd.Stderr = &tail
	out, err := cmd.Output()
	if err != nil {
		return c, fmt.Errorf("%s: %w: %s", command[0], err, tail.b)
	}
	return c, json.Unmarshal(out, &c)
}

// tail keeps the last of what is written.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-2000):]
	return len(p), nil
}
