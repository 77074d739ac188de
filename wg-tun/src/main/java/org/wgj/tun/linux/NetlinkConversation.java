// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends requests to rtnetlink and reads their answers (RFC 3549), one at a time.
 *
 * <p>Every request is either a listing, which NLMSG_DONE ends, or acknowledged by an NLMSG_ERROR,
 * whose number is 0 on success. A listing that was interrupted by a change is asked for again.
 */
final class NetlinkConversation implements AutoCloseable {
    /** Carries datagrams to the kernel and back. */
    interface Transport extends AutoCloseable {
        /**
         * Sends one datagram.
         *
         * @param operation what the request does, for the exception
         */
        void send(String operation, MemorySegment request) throws IOException;

        /** Waits for one whole datagram; its memory is not used again. */
        MemorySegment receive(String operation) throws IOException;

        @Override
        void close();
    }

    /** The number of times that a listing may be interrupted. */
    private static final int ATTEMPTS = 16;

    /** Lower types are netlink's own (linux/netlink.h); two of them end an answer. */
    private static final int NLMSG_MIN_TYPE = 16;

    private final Transport transport;
    private int sequence;

    NetlinkConversation(Transport transport) {
        this.transport = transport;
    }

    /**
     * Sends a request and returns the messages of its answer, without the one that ends it.
     *
     * @param operation what the request does, for the exception
     * @throws ErrnoException if the kernel refuses
     */
    List<NetlinkMessage> exchange(String operation, NetlinkRequest request) throws IOException {
        int acknowledge = request.isDump() ? 0 : NetlinkRequest.NLM_F_ACK;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            transport.send(operation, request.finish(++sequence, acknowledge));
            List<NetlinkMessage> answer = receive(operation);
            if (answer != null) {
                return answer;
            }
        }
        throw new ErrnoException(
                operation,
                Errno.EAGAIN,
                "it changed during each of " + ATTEMPTS + " attempts to read it");
    }

    /** Returns null if a listing was interrupted by a change. */
    private List<NetlinkMessage> receive(String operation) throws IOException {
        List<NetlinkMessage> answer = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            for (NetlinkMessage message : NetlinkMessage.split(transport.receive(operation))) {
                if (message.sequence() != sequence) {
                    continue; // belongs to an earlier request
                }
                interrupted |= message.isInterrupted();
                int type = message.type();
                if (type == NetlinkMessage.NLMSG_ERROR || type == NetlinkMessage.NLMSG_DONE) {
                    if (message.errno() != 0) {
                        throw refused(operation, message);
                    }
                    return interrupted ? null : answer;
                }
                if (type >= NLMSG_MIN_TYPE) {
                    answer.add(message);
                }
            }
        }
    }

    private static ErrnoException refused(String operation, NetlinkMessage message)
            throws IOException {
        int errno = message.errno();
        String text =
                errno == Errno.EPERM
                        ? "needs the capability CAP_NET_ADMIN; run as root, or give a container"
                                + " \"--cap-add NET_ADMIN\""
                        : Errno.text(errno);
        String explanation = message.explanation();
        return new ErrnoException(
                operation, errno, explanation.isEmpty() ? text : text + ": " + explanation);
    }

    @Override
    public void close() {
        transport.close();
    }
}
