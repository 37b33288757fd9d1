package agent

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"os"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/replica"
)

// Enroll makes the replica at path with a one-time code and receives its
// scope. It may be called again with the same code until the first snapshot is
// complete: the key that first showed the code stands in the file.
func Enroll(ctx context.Context, path, codeText string, env replica.Env, o Options) (*replica.Replica, Result, error) {
	code, err := identity.ParseCode(codeText)
	if err != nil {
		return nil, Result{}, err
	}
	r, made, err := openOrCreate(path, code, env)
	if err != nil {
		return nil, Result{}, err
	}
	res, err := Sync(ctx, r, o)
	if err == nil {
		return r, res, nil
	}
	err = errors.Join(err, r.Close())
	if made && permanent[fault.CodeOf(err)] {
		// The server will never take this code: leave nothing behind.
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
	}
	return nil, res, err
}

// openOrCreate opens the replica that this code is enrolling, or makes one:
// also where an earlier making was cut off.
func openOrCreate(path string, code identity.Code, env replica.Env) (r *replica.Replica, made bool, err error) {
	r, err = replica.Open(path, env)
	if fault.CodeOf(err) == "replica.missing" {
		id, err := newIdentity(code, env.Rand)
		if err != nil {
			return nil, false, err
		}
		r, err = replica.Create(path, env, id)
		return r, true, err
	}
	if err != nil {
		return nil, false, err
	}
	id, err := r.Identity()
	if err == nil && string(id.Token) != string(code.Token[:]) {
		err = fault.New("replica.exists", "path", path)
	}
	if err != nil {
		return nil, false, errors.Join(err, r.Close())
	}
	return r, false, nil
}

func newIdentity(code identity.Code, random io.Reader) (id replica.Identity, err error) {
	key, err := identity.NewKey(random)
	if err != nil {
		return id, err
	}
	host, _ := os.Hostname()
	id = replica.Identity{Device: identity.DeviceID(key.Public().(ed25519.PublicKey)), Key: key, URL: code.URL,
		Pin: code.SPKI[:], Token: code.Token[:], Label: host}
	for _, kind := range []replica.Kind{replica.Hand, replica.Bulk} {
		w := replica.OwnWriter{Kind: kind, Key: make([]byte, 32)}
		var name change.ID
		if _, err := io.ReadFull(random, name[:]); err != nil {
			return id, err
		}
		if _, err := io.ReadFull(random, w.Key); err != nil {
			return id, err
		}
		w.Name = name
		id.Writers = append(id.Writers, w)
	}
	return id, nil
}
