// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests to rtnetlink and their answers (RFC 3549), one at a time.
 *
 * <p>Every request is either a listing, which NLMSG_DONE ends, or acknowledged by an NLMSG_ERROR,
 * with number 0 when all went well. A listing that changes overtook is asked for again.
 */
final class NetlinkConversation implements AutoCloseable {
    /** What carries datagrams to the kernel and back. */
    interface Transport extends AutoCloseable {
        /**
         * @param operation what is being done, for the exception
         */
        void send(String operation, MemorySegment request) throws IOException;

        /** Waits for one datagram, whole, in memory that stays as it is. */
        MemorySegment receive(String operation) throws IOException;

        @Override
        void close();
    }

    /** How often a listing may be overtaken. */
    private static final int ATTEMPTS = 16;

    /** Types below are of netlink itself (linux/netlink.h); of those only two end an answer. */
    private static final int NLMSG_MIN_TYPE = 16;

    private final Transport transport;
    private int sequence;

    NetlinkConversation(Transport transport) {
        this.transport = transport;
    }

    /**
     * Sends a request and returns the messages that answer it, without the one that ends the
     * answer.
     *
     * @param operation what the request does, for the exception
     * @throws ErrnoException when the kernel refuses
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
                operation, Errno.EAGAIN, "it changed each of " + ATTEMPTS + " times it was read");
    }

    /** Null when a listing was overtaken by a change. */
    private List<NetlinkMessage> receive(String operation) throws IOException {
        List<NetlinkMessage> answer = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            for (NetlinkMessage message : NetlinkMessage.split(transport.receive(operation))) {
                if (message.sequence() != sequence) {
                    continue; // left over from a request whose answer was given up
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
