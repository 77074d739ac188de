// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;

/**
 * An object that only the constructor of {@link java.net.DatagramSocket} needs: a socket over such
 * an object would hold one lock while it receives, so that no other method could be called.
 */
final class UnusedDatagramImpl extends DatagramSocketImpl {
    UnusedDatagramImpl() {}

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException();
    }

    @Override
    protected void create() throws SocketException {}

    @Override
    protected void bind(int port, InetAddress address) throws SocketException {
        throw unused();
    }

    @Override
    protected void send(DatagramPacket packet) throws IOException {
        throw unused();
    }

    @Override
    protected int peek(InetAddress address) throws IOException {
        throw unused();
    }

    @Override
    protected int peekData(DatagramPacket packet) throws IOException {
        throw unused();
    }

    @Override
    protected void receive(DatagramPacket packet) throws IOException {
        throw unused();
    }

    @Override
    @Deprecated
    @SuppressWarnings("removal")
    protected void setTTL(byte ttl) throws IOException {
        throw unused();
    }

    @Override
    @Deprecated
    @SuppressWarnings("removal")
    protected byte getTTL() throws IOException {
        throw unused();
    }

    @Override
    protected void setTimeToLive(int ttl) throws IOException {
        throw unused();
    }

    @Override
    protected int getTimeToLive() throws IOException {
        throw unused();
    }

    @Override
    protected void join(InetAddress address) throws IOException {
        throw unused();
    }

    @Override
    protected void leave(InetAddress address) throws IOException {
        throw unused();
    }

    @Override
    protected void joinGroup(SocketAddress group, NetworkInterface network) throws IOException {
        throw unused();
    }

    @Override
    protected void leaveGroup(SocketAddress group, NetworkInterface network) throws IOException {
        throw unused();
    }

    @Override
    protected void close() {}

    @Override
    public void setOption(int id, Object value) throws SocketException {
        throw unused();
    }

    @Override
    public Object getOption(int id) throws SocketException {
        throw unused();
    }
}
