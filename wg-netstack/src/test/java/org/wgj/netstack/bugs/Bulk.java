// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import org.wgj.netstack.emulator.Application;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpState;

/**
 * Writes a number of bytes as fast as it may and reads all that comes; closes when both are done.
 */
final class Bulk extends Application {
    private final byte[] buffer = new byte[64 * 1024];
    private EmulatedLink link;
    long toWrite;
    long written;
    long read;
    boolean reading = true;
    boolean endRead;
    boolean closing;
    boolean closed;
    long lastReadNs;

    /** Makes one that writes a number of bytes and then waits. */
    Bulk(long toWrite) {
        this.toWrite = toWrite;
    }

    /** Makes it close when it has written all, and read the end. */
    Bulk closing() {
        closing = true;
        return this;
    }

    /** Makes it leave unread what comes. */
    Bulk notReading() {
        reading = false;
        return this;
    }

    void begin(TcpConnection connected, EmulatedLink over) {
        connection = connected;
        link = over;
        connection.setHandler(this);
    }

    /** Writes more. */
    void write(long more) {
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
    void act() {
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
