package pgkv

import (
	"context"
	"fmt"
)

// Size is what the rows and their index take on the server's disk, in bytes.
func (d *DB) Size(ctx context.Context) (int64, error) {
	if err := d.enter(ctx); err != nil {
		return 0, err
	}
	defer d.running.Done()
	c, err := d.beginRead(ctx)
	if err != nil {
		return 0, fmt.Errorf("measure the store: %w", err)
	}
	defer d.readers.give(ctx, c)
	rows, err := exec(ctx, c, fmt.Sprintf("select pg_total_relation_size('%s.rows')", d.schema))
	if err != nil {
		return 0, fmt.Errorf("measure the store: %w", err)
	}
	return number(rows, 0)
}

// Scrub writes the table anew without what was deleted or replaced: PostgreSQL
// leaves such rows in the file until it needs the room, and their bytes even
// longer. It holds up all transactions meanwhile, and gives up when those that
// run do not end. What the server's own journal, standbys and backups keep is
// for whoever runs it.
func (d *DB) Scrub(ctx context.Context) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.running.Done()
	c, err := d.connect(ctx, d.cfg)
	if err != nil {
		return fmt.Errorf("scrub the store: %w", err)
	}
	defer hangUp(ctx, c)
	if _, err := exec(ctx, c, session(viewIdle)+"; set statement_timeout = 0"); err != nil {
		return fmt.Errorf("scrub the store: set up a session: %w", err)
	}
	if err := c.Exec(ctx, "vacuum full "+d.schema+".rows").Close(); err != nil { // as long as it takes
		return fmt.Errorf("scrub the store: %w", err)
	}
	return nil
}
