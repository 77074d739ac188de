// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** Reads the datagrams of a socket until it is closed. */
final class DatagramLoop {
    private static final Logger LOG = LoggerFactory.getLogger(DatagramLoop.class);

    private static final int MAX_DATAGRAM = 65_535;
    private static final long PAUSE_MS = 10;

    private DatagramLoop() {}

    /** Takes a datagram; its buffer is used again afterwards. */
    @FunctionalInterface
    interface Receiver {
        void received(DatagramPacket packet) throws IOException;
    }

    /**
     * Runs until the socket is closed. An exception of a receiver costs only this datagram.
     *
     * @param headroom bytes that the buffer has in front of each datagram
     */
    static void run(DatagramSocket socket, int headroom, Receiver receiver) {
        byte[] buffer = new byte[headroom + MAX_DATAGRAM];
        DatagramPacket packet = new DatagramPacket(buffer, headroom, MAX_DATAGRAM);
        while (!socket.isClosed()) {
            packet.setData(buffer, headroom, MAX_DATAGRAM);
            try {
                socket.receive(packet);
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    LOG.debug("cannot receive a datagram: {}", e.getMessage());
                    pause();
                }
                continue;
            }
            try {
                receiver.received(packet);
            } catch (IOException e) {
                LOG.debug("a datagram was lost: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("a datagram failed", e);
            }
        }
    }

    /** In case the error lasts. */
    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
