package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"amble/crawler"
	"amble/crawler/metrics"
)

// listenClosing is how long answers that are under way have when the crawl ends.
const listenClosing = 2 * time.Second

// metricsServer tells those who watch over crawls how one stands.
type metricsServer struct {
	http    *http.Server
	serving sync.WaitGroup
}

// listenAddress is the address to listen at. One without a host is on loopback: whoever means all the world has to say so.
func listenAddress(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if _, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil {
		return "", usage("--listen %q: write HOST:PORT, such as 127.0.0.1:9100, or :9100 for this machine alone", s)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// serveMetrics begins to serve the state of a crawl, if --listen asks for it.
func (j *job) serveMetrics(c *crawler.Crawler) error {
	if j.o.listen == "" {
		return nil
	}
	addr, err := listenAddress(j.o.listen)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		if number := syscall.Errno(0); errors.As(err, &number) {
			err = number // the address is named anyway
		}
		return &exitError{exitStuck, fmt.Errorf("--listen %s: %w: name another port, or 0 for a free one", addr, err)}
	}
	s := &metricsServer{http: &http.Server{
		Handler:           metricsHandler(c),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it tells of clients, not of the crawl
	}}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	j.metrics = s
	at := "http://" + listener.Addr().String() + "/metrics"
	j.journal.event(0, "serving metrics", "at", at)
	if !j.o.quiet {
		j.say("Metrics at " + at)
	}
	return nil
}

// close ends the server. It returns when nothing of it remains.
func (s *metricsServer) close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), listenClosing)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	s.serving.Wait()
}

// metricsHandler serves /metrics and /healthz.
func metricsHandler(c *crawler.Crawler) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(c), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerHealth(w, c.Progress()) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "amble "+crawler.Version+"\n/metrics  for Prometheus\n/healthz  the state of the crawl as JSON\n")
	})
	return mux
}

// answerHealth says how a crawl stands: with 503 once it has failed, else with 200.
func answerHealth(w http.ResponseWriter, p crawler.Progress) {
	state := string(p.End)
	if state == "" {
		state = "starting"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if p.End == crawler.Failed {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(struct {
		State     string `json:"state"` // or starting
		Reason    string `json:"reason,omitempty"`
		Pages     int    `json:"pages"`
		Failures  int    `json:"failures"`
		Queued    int    `json:"queued"`
		Restoring bool   `json:"restoring,omitempty"` // after a resume: what is on record is not all among these yet
		InFlight  int    `json:"in_flight"`
		Asleep    int    `json:"asleep"`
		ElapsedMS int64  `json:"elapsed_ms"`
		Version   string `json:"version"`
	}{state, p.Reason, p.Pages, p.Failed, p.Queued, p.Restoring, p.InFlight, p.Asleep, p.Elapsed.Milliseconds(), crawler.Version})
}
