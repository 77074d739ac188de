// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.util.List;

/**
 * A DNS message (RFC 1035 4). Parsing reads each byte at most once beside compressed names, and
 * keeps nothing of the input. Immutable.
 *
 * @param id the number that joins a response to its query, 0 to 65,535
 * @param response whether this is a response
 * @param opcode 0 for a standard query; 0 to 15
 * @param authoritative whether the server is an authority for the name
 * @param truncated whether the response did not fit
 * @param recursionDesired whether the server should ask others
 * @param recursionAvailable whether the server does that
 * @param headerCode the lower 4 bits of the response code; see {@link #code}
 * @param questions what is asked
 * @param answers the answers
 * @param authorities the authorities, or the SOA of a negative answer
 * @param additionals more records, and EDNS
 */
public record DnsMessage(
        int id,
        boolean response,
        int opcode,
        boolean authoritative,
        boolean truncated,
        boolean recursionDesired,
        boolean recursionAvailable,
        int headerCode,
        List<DnsQuestion> questions,
        List<DnsRecord> answers,
        List<DnsRecord> authorities,
        List<DnsRecord> additionals) {
    /** Response code: no error. */
    public static final int NO_ERROR = 0;

    /** Response code: the server did not understand the query. */
    public static final int FORMAT_ERROR = 1;

    /** Response code: the server failed. */
    public static final int SERVER_FAILURE = 2;

    /** Response code: the name does not exist. */
    public static final int NO_SUCH_NAME = 3;

    /** Response code: the server does not do this kind of query. */
    public static final int NOT_IMPLEMENTED = 4;

    /** Response code: the server refuses. */
    public static final int REFUSED = 5;

    /** Response code: the server does not know this version of EDNS (RFC 6891). */
    public static final int BAD_VERSION = 16;

    /** The longest UDP message without EDNS, in bytes. */
    public static final int PLAIN_UDP_BYTES = 512;

    /** The longest UDP message that is asked for by EDNS: it fits all links of IPv6. */
    public static final int EDNS_UDP_BYTES = 1232;

    static final int HEADER_BYTES = 12;

    /**
     * Makes a message whose lists cannot change any more.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public DnsMessage {
        if ((id & ~0xffff) != 0 || (opcode & ~0xf) != 0 || (headerCode & ~0xf) != 0) {
            throw new IllegalArgumentException("id, opcode or code out of range");
        }
        questions = List.copyOf(questions);
        answers = List.copyOf(answers);
        authorities = List.copyOf(authorities);
        additionals = List.copyOf(additionals);
    }

    /**
     * Parses a message. Bytes behind its last record are ignored.
     *
     * @param bytes holds the message
     * @param offset where it begins
     * @param length its length in bytes
     * @return the message
     * @throws DnsFormatException if it breaks the format
     */
    public static DnsMessage parse(byte[] bytes, int offset, int length) throws DnsFormatException {
        return new MessageReader(bytes, offset, length).message();
    }

    /**
     * Parses the header and the questions alone, as if the message ended there.
     *
     * @param bytes holds the message
     * @param offset where it begins
     * @param length its length in bytes
     * @return the message without records
     * @throws DnsFormatException if that part breaks the format
     */
    static DnsMessage parseQuestions(byte[] bytes, int offset, int length)
            throws DnsFormatException {
        return new MessageReader(bytes, offset, length).messageWithoutRecords();
    }

    /**
     * A query for a recursive server.
     *
     * @param id a random number
     * @param question what to ask
     * @param edns the EDNS record, or null for none
     * @return the query
     */
    public static DnsMessage query(int id, DnsQuestion question, DnsRecord.Edns edns) {
        return new DnsMessage(
                id,
                false,
                0,
                false,
                false,
                true,
                false,
                NO_ERROR,
                List.of(question),
                List.of(),
                List.of(),
                edns == null ? List.of() : List.of(edns));
    }

    /**
     * A response to this query, as a recursive server gives it. It has EDNS if the query has.
     *
     * @param code the response code, 0 to 15
     * @param answers the answers
     * @param authorities the SOA of a negative answer, or nothing
     * @return the response
     */
    public DnsMessage reply(int code, List<DnsRecord> answers, List<DnsRecord> authorities) {
        return reply(code, answers, authorities, false);
    }

    /** The same, with a mark that the response did not fit. */
    DnsMessage reply(
            int code, List<DnsRecord> answers, List<DnsRecord> authorities, boolean truncated) {
        return new DnsMessage(
                id,
                true,
                opcode,
                false,
                truncated,
                recursionDesired,
                true,
                code,
                questions,
                answers,
                authorities,
                edns() == null
                        ? List.of()
                        : List.of(new DnsRecord.Edns(EDNS_UDP_BYTES, 0, 0, edns().dnssecOk())));
    }

    /**
     * Writes the message. If it is too long, writes the header and the questions with the mark for
     * truncation, so that the receiver asks again by TCP.
     *
     * @param maxBytes the longest form that is allowed, 512 to 65,535
     * @return its bytes
     * @throws IllegalArgumentException if even the questions do not fit, or a record of an unknown
     *     type must be written
     */
    public byte[] write(int maxBytes) {
        byte[] whole = new MessageWriter().write(this);
        return whole.length <= maxBytes ? whole : new MessageWriter().write(cut(), maxBytes);
    }

    private DnsMessage cut() {
        return new DnsMessage(
                id,
                response,
                opcode,
                authoritative,
                true,
                recursionDesired,
                recursionAvailable,
                headerCode,
                questions,
                List.of(),
                List.of(),
                edns() == null ? List.of() : List.of(edns()));
    }

    /**
     * The EDNS record.
     *
     * @return the record, or null if the message has none
     */
    public DnsRecord.Edns edns() {
        for (DnsRecord record : additionals) {
            if (record instanceof DnsRecord.Edns edns) {
                return edns;
            }
        }
        return null;
    }

    /**
     * The whole response code, with the bits that EDNS adds.
     *
     * @return 0 to 4,095
     */
    public int code() {
        DnsRecord.Edns edns = edns();
        return edns == null ? headerCode : edns.extendedCode() << 4 | headerCode;
    }
}
