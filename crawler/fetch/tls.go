package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// newTLS is the configuration of connections to https hosts, from the files that cfg names.
func newTLS(cfg Config) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.TLS != nil {
		t = cfg.TLS.Clone()
	}
	if cfg.Insecure {
		t.InsecureSkipVerify = true
	}
	if cfg.CAFile != "" {
		roots, err := addRoots(t.RootCAs, cfg.CAFile)
		if err != nil {
			return nil, err
		}
		t.RootCAs = roots
	}
	if cfg.ClientCert == "" {
		if cfg.ClientKey != "" {
			return nil, errors.New("fetch: there is a client key without a client certificate")
		}
		return t, nil
	}
	if len(t.Certificates) > 0 || t.GetClientCertificate != nil {
		return nil, errors.New("fetch: TLS has client certificates already: leave ClientCert empty")
	}
	cert, err := clientCert(cfg.ClientCert, cfg.ClientKey)
	if err != nil {
		return nil, err
	}
	t.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if routeOf(info.Context()).cert {
			return cert, nil
		}
		return new(tls.Certificate), nil // none
	}
	return t, nil
}

// addRoots adds the certificates of a file to roots, or to the system's where roots is nil.
func addRoots(roots *x509.CertPool, file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("fetch: CA file: %w", err)
	}
	if roots != nil {
		roots = roots.Clone()
	} else if roots, err = x509.SystemCertPool(); err != nil {
		roots = x509.NewCertPool() // a machine without roots of its own
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("fetch: CA file %s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", file)
	}
	return roots, nil
}

// clientCert reads a certificate and its key, which may lie in one file.
func clientCert(certFile, keyFile string) (*tls.Certificate, error) {
	certPEM, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("fetch: client certificate: %w", err)
	}
	keyPEM, where := certPEM, certFile
	if keyFile != "" {
		if keyPEM, err = os.ReadFile(keyFile); err != nil {
			return nil, fmt.Errorf("fetch: client key: %w", err)
		}
		where = certFile + " with the key in " + keyFile
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("fetch: client certificate %s cannot be used: %s", where, oneLine(err))
	}
	return &cert, nil
}
