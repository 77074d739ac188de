// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;

/** Remembers what a connection told its application. */
public class Application implements TcpHandler {
    /** The connection. */
    public TcpConnection connection;

    /** The number of calls of {@link #established}. */
    public int established;

    /** The number of calls of {@link #readable}. */
    public int readable;

    /** The number of calls of {@link #writable}. */
    public int writable;

    /** True if {@link #ended} was called. */
    public boolean ended;

    /** The cause that {@link #ended} got. */
    public TcpFailure failure;

    @Override
    public void established() {
        live();
        established++;
    }

    @Override
    public void readable() {
        live();
        readable++;
    }

    @Override
    public void writable() {
        live();
        writable++;
    }

    @Override
    public void ended(TcpFailure why) {
        live();
        ended = true;
        failure = why;
    }

    private void live() {
        if (ended) {
            throw new AssertionError("the handler was called after the end");
        }
    }
}
