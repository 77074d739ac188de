// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.util.List;

/**
 * Answers the clients of a DNS listener: passes each question, of any type, to the servers of a
 * tunnel, and their response back as it is. The client's id, port and options never reach a server;
 * each question gets new ones. Blocks; any thread.
 */
public final class DnsRelay {
    private final DnsResolver resolver;

    /**
     * Makes a relay.
     *
     * @param resolver knows the servers
     */
    public DnsRelay(DnsResolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Answers one message of a client, and waits for the servers if need be.
     *
     * @param bytes holds the message
     * @param length its length in bytes
     * @param tcp whether it came by TCP, so that the response may have any length
     * @return the response, or null if the message deserves none: it is a response itself, or has
     *     no header
     */
    public byte[] answer(byte[] bytes, int length, boolean tcp) {
        DnsMessage query;
        try {
            query = DnsMessage.parse(bytes, 0, length);
        } catch (DnsFormatException e) {
            return formatError(bytes, length);
        }
        if (query.response()) {
            return null;
        }
        if (query.questions().size() != 1) {
            return formatError(bytes, length); // whatever the opcode is: error repeats one question
        }
        if (query.opcode() != 0) {
            return error(query, DnsMessage.NOT_IMPLEMENTED);
        }
        DnsQuestion question = query.questions().getFirst();
        if (question.dnsClass() != DnsRecord.CLASS_IN || !query.recursionDesired()) {
            return error(query, DnsMessage.REFUSED);
        }
        if (isLocal(question.name())) {
            return error(query, DnsMessage.NO_SUCH_NAME);
        }
        return ask(query, question, tcp);
    }

    private byte[] ask(DnsMessage query, DnsQuestion question, boolean tcp) {
        // A server whose client knows no EDNS must not answer with it.
        DnsRecord.Edns edns =
                query.edns() == null
                        ? null
                        : new DnsRecord.Edns(
                                DnsMessage.EDNS_UDP_BYTES, 0, 0, query.edns().dnssecOk());
        if (!(resolver.exchange(question, edns) instanceof DnsExchange.Answered answered)) {
            return error(query, DnsMessage.SERVER_FAILURE);
        }
        byte[] response = answered.raw();
        if (!tcp && response.length > udpLimit(query)) {
            return query.reply(answered.message().headerCode(), List.of(), List.of(), true)
                    .write(DnsMessage.PLAIN_UDP_BYTES);
        }
        response[0] = (byte) (query.id() >> 8);
        response[1] = (byte) query.id();
        return response;
    }

    /** The local host is not inside the tunnel, and its name never leaves (RFC 6761 6.3). */
    private static boolean isLocal(DnsName name) {
        return HostName.of(name.toString()) instanceof HostName.Invalid invalid
                && invalid.why().equals(HostName.LOCAL);
    }

    private static int udpLimit(DnsMessage query) {
        DnsRecord.Edns edns = query.edns();
        return edns == null
                ? DnsMessage.PLAIN_UDP_BYTES
                : Math.clamp(
                        edns.payloadBytes(), DnsMessage.PLAIN_UDP_BYTES, DnsMessage.EDNS_UDP_BYTES);
    }

    private static byte[] error(DnsMessage query, int code) {
        return query.reply(code, List.of(), List.of()).write(DnsMessage.PLAIN_UDP_BYTES);
    }

    /** The header alone, with the id if it is that of a query. */
    private static byte[] formatError(byte[] bytes, int length) {
        boolean isQuery = length >= DnsMessage.HEADER_BYTES && (bytes[2] & 0x80) == 0;
        if (!isQuery) {
            return null;
        }
        byte[] header = new byte[DnsMessage.HEADER_BYTES];
        header[0] = bytes[0];
        header[1] = bytes[1];
        header[2] = (byte) (0x80 | bytes[2] & 0x79); // the opcode, and whether recursion is desired
        header[3] = (byte) (0x80 | DnsMessage.FORMAT_ERROR);
        return header;
    }
}
