// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpState;

/**
 * Writes a number of bytes as fast as it may and reads all that comes; closes when both are done.
 */
public final class Bulk extends Application {
    private final byte[] buffer = new byte[64 * 1024];
    private EmulatedLink link;
    public long toWrite;
    public long written;
    public long read;
    public boolean reading = true;
    public boolean endRead;
    public boolean closing;
    public boolean closed;
    public long lastReadNs;

    /** Makes one that writes a number of bytes and then waits. */
    public Bulk(long toWrite) {
        this.toWrite = toWrite;
    }

    /** Makes it close when it has written all, and read the end. */
    public Bulk closing() {
        closing = true;
        return this;
    }

    /** Makes it leave unread what comes. */
    public Bulk notReading() {
        reading = false;
        return this;
    }

    /** Gives it a connection. */
    public void begin(TcpConnection connected, EmulatedLink over) {
        connection = connected;
        link = over;
        connection.setHandler(this);
    }

    /** Writes more. */
    public void write(long more) {
        toWrite += more;
        act();
    }

    @Override
    public void established() {
        super.established();
        act();
    }

    @Override
    public void readable() {
        super.readable();
        act();
    }

    @Override
    public void writable() {
        super.writable();
        act();
    }

    /** Does what can be done now. */
    public void act() {
        if (ended || closed || connection.state() == TcpState.CLOSED) {
            return;
        }
        int count;
        boolean got = false;
        while (reading && !endRead && (count = connection.read(buffer, 0, buffer.length)) != 0) {
            if (count < 0) {
                endRead = true;
                break;
            }
            for (int i = 0; i < count; i++) {
                if (buffer[i] != (byte) (read + i)) {
                    throw new AssertionError("byte " + (read + i) + " differs");
                }
            }
            read += count;
            got = true;
            lastReadNs = link.nowNs();
        }
        if (got) {
            connection.consumed(link.nowNs());
        }
        boolean took = false;
        while (written < toWrite) {
            int length = (int) Math.min(buffer.length, toWrite - written);
            for (int i = 0; i < length; i++) {
                buffer[i] = (byte) (written + i);
            }
            int taken = connection.write(buffer, 0, length);
            written += taken;
            took |= taken > 0;
            if (taken < length) {
                break;
            }
        }
        if (took) {
            connection.wrote(link.nowNs());
        }
        if (closing && written == toWrite) {
            if (endRead) {
                closed = true;
                connection.close(link.nowNs());
            } else {
                connection.shutdownOutput(link.nowNs());
            }
        }
    }
}
