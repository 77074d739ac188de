// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.twins;

import org.wgj.netstack.emulator.Application;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpState;

import java.util.SplittableRandom;

/**
 * One application of a pair: writes a stream whose every byte is known from its place, checks the
 * stream that comes, and closes in one of several orders.
 */
final class TwinSide extends Application {
    /** When an application shuts its output, once it has written all. */
    enum Closing {
        /** At once. */
        EARLY,
        /** When the end of the other stream was read. */
        LATE,
        /** Closes both directions at some moment, whatever is unread or unwritten. */
        ABRUPT_CLOSE,
        /** Sends RST at some moment. */
        ABORT
    }

    private final EmulatedLink link;
    private final SplittableRandom random;
    private final long writeSeed;
    private final long readSeed;
    private final long toWrite;
    private final Closing closing;
    private final boolean reactive;
    private final int chunk;
    private final long pauseNs;
    private final byte[] buffer = new byte[70_000];
    long written;
    long read;
    boolean endRead;
    boolean shut;
    boolean closed;
    private boolean polling;
    private boolean inCall;

    TwinSide(
            EmulatedLink link,
            SplittableRandom random,
            long writeSeed,
            long readSeed,
            long toWrite,
            Closing closing) {
        this.link = link;
        this.random = random;
        this.writeSeed = writeSeed;
        this.readSeed = readSeed;
        this.toWrite = toWrite;
        this.closing = closing;
        reactive = random.nextBoolean();
        pauseNs = random.nextInt(4) == 0 ? random.nextLong(200_000_000L) : 0;
        // A slow application moves more at once, so that every run ends.
        chunk = pauseNs > 0 ? 1 << 11 + random.nextInt(6) : 1 << 4 + random.nextInt(13);
    }

    /** Begins to write and read; called once the connection object is there. */
    void begin() {
        if (closing == Closing.ABORT || closing == Closing.ABRUPT_CLOSE) {
            link.after(random.nextLong(3_000_000_000L), this::endAbruptly);
        }
        poll();
    }

    private void endAbruptly() {
        if (!ended && !closed) {
            closed = true;
            if (closing == Closing.ABORT) {
                connection.abort(link.nowNs());
            } else {
                connection.close(link.nowNs());
            }
        }
    }

    private void poll() {
        polling = false;
        act();
        if (!ended && !closed && !polling) {
            polling = true;
            // One that leaves data is soon back: a stack without memory takes no more until then.
            boolean waits = reactive && (connection == null || connection.available() == 0);
            long waitNs = 1_000_000L + random.nextLong(waits ? 2_000_000_000L : 50_000_000L);
            link.after(pauseNs + waitNs, this::poll);
        }
    }

    @Override
    public void established() {
        super.established();
        if (reactive) {
            act();
        }
    }

    @Override
    public void readable() {
        super.readable();
        if (reactive) {
            act();
        }
    }

    @Override
    public void writable() {
        super.writable();
        if (reactive) {
            act();
        }
    }

    @Override
    public void ended(TcpFailure why) {
        if (!inCall) {
            drainQuietly();
        }
        super.ended(why);
        if (!closed) {
            closed = true;
            link.after(0, () -> connection.close(link.nowNs())); // gives its memory back
        }
    }

    private void act() {
        if (ended || closed || connection == null || inCall) {
            return;
        }
        inCall = true;
        try {
            readSome();
            writeSome();
            close();
        } finally {
            inCall = false;
        }
    }

    private void readSome() {
        int rounds = pauseNs > 0 ? 1 : 1 + random.nextInt(64);
        boolean got = false;
        while (rounds-- > 0 && !endRead) {
            int count = connection.read(buffer, 0, 1 + random.nextInt(chunk));
            if (count <= 0) {
                endRead = count < 0;
                break;
            }
            check(count);
            got = true;
        }
        if (got) {
            connection.consumed(link.nowNs());
        }
    }

    /** Reads what came before a failure. */
    private void drainQuietly() {
        int count;
        while (!endRead && (count = connection.read(buffer, 0, buffer.length)) != 0) {
            if (count < 0) {
                endRead = true;
            } else {
                check(count);
            }
        }
    }

    private void check(int count) {
        for (int i = 0; i < count; i++) {
            if (buffer[i] != pattern(readSeed, read + i)) {
                throw new AssertionError("byte " + (read + i) + " differs");
            }
        }
        read += count;
    }

    private void writeSome() {
        TcpState state = connection.state();
        if (shut || state == TcpState.CLOSED) {
            return;
        }
        int rounds = pauseNs > 0 ? 1 : 1 + random.nextInt(64);
        boolean took = false;
        while (rounds-- > 0 && written < toWrite) {
            int count = (int) Math.min(toWrite - written, 1 + random.nextInt(chunk));
            for (int i = 0; i < count; i++) {
                buffer[i] = pattern(writeSeed, written + i);
            }
            int taken = connection.write(buffer, 0, count);
            written += taken;
            took |= taken > 0;
            if (taken < count) {
                break;
            }
        }
        if (took) {
            connection.wrote(link.nowNs());
        }
    }

    private void close() {
        boolean mayShut = written == toWrite && (closing != Closing.LATE || endRead);
        if (mayShut && !shut) {
            shut = true;
            if (endRead && random.nextBoolean()) {
                closed = true;
                connection.close(link.nowNs());
                return;
            }
            connection.shutdownOutput(link.nowNs());
        }
        if (shut && endRead && !closed) {
            closed = true;
            connection.close(link.nowNs());
        }
    }

    /** Returns the byte at a place of a stream. */
    private static byte pattern(long seed, long place) {
        return (byte) ((place ^ place >>> 8 ^ place >>> 16) * 31 + seed);
    }

    @Override
    public String toString() {
        return closing
                + " written "
                + written
                + "/"
                + toWrite
                + " read "
                + read
                + (endRead ? " to the end" : "")
                + " state "
                + (connection == null ? "-" : ended ? connection.state() : connection.info())
                + (reactive ? " reactive" : " polling")
                + (ended ? " ended " + failure : "");
    }
}
