// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads one message (RFC 1035 4, the traps of RFC 9267). Each position is checked against the end
 * of the message, or of the record, before it is read. A compression pointer must point before the
 * name that holds it and behind the header, so that each jump goes further back and ends.
 */
final class MessageReader {
    /** A name of 127 labels can use no more. */
    private static final int MAX_JUMPS = 127;

    private final byte[] bytes;
    private final int base;
    private int end;
    private int at;

    MessageReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        base = offset;
        end = Math.min(length, 0xffff);
    }

    DnsMessage message() throws DnsFormatException {
        return message(true);
    }

    DnsMessage messageWithoutRecords() throws DnsFormatException {
        return message(false);
    }

    private DnsMessage message(boolean withRecords) throws DnsFormatException {
        if (end < DnsMessage.HEADER_BYTES) {
            throw new DnsFormatException("a header has 12 bytes, not " + end);
        }
        int id = number16();
        int flags = number16();
        int questionCount = number16();
        int answerCount = number16();
        int authorityCount = number16();
        int additionalCount = number16();
        List<DnsQuestion> questions = new ArrayList<>();
        for (int i = 0; i < questionCount; i++) {
            questions.add(new DnsQuestion(name(), number16(), number16()));
        }
        List<DnsRecord> answers = records(withRecords ? answerCount : 0);
        List<DnsRecord> authorities = records(withRecords ? authorityCount : 0);
        List<DnsRecord> additionals = records(withRecords ? additionalCount : 0);
        checkEdns(answers, 0);
        checkEdns(authorities, 0);
        checkEdns(additionals, 1);
        return new DnsMessage(
                id,
                (flags & 0x8000) != 0,
                flags >> 11 & 0xf,
                (flags & 0x0400) != 0,
                (flags & 0x0200) != 0,
                (flags & 0x0100) != 0,
                (flags & 0x0080) != 0,
                flags & 0xf,
                questions,
                answers,
                authorities,
                additionals);
    }

    private static void checkEdns(List<DnsRecord> records, int most) throws DnsFormatException {
        if (records.stream().filter(DnsRecord.Edns.class::isInstance).count() > most) {
            throw new DnsFormatException("EDNS twice, or not among the additional records");
        }
    }

    /** The count is not trusted: it only ends the loop, which the end of the message does too. */
    private List<DnsRecord> records(int count) throws DnsFormatException {
        List<DnsRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(record());
        }
        return records;
    }

    private DnsRecord record() throws DnsFormatException {
        DnsName name = name();
        int type = number16();
        int dnsClass = number16();
        long ttl = number32();
        int length = number16();
        need(length);
        int messageEnd = end;
        end = at + length;
        DnsRecord record = data(name, type, dnsClass, ttl > Integer.MAX_VALUE ? 0 : ttl, ttl);
        if (at != end) {
            throw new DnsFormatException("record data longer than its content, at " + at);
        }
        end = messageEnd;
        return record;
    }

    private DnsRecord data(DnsName name, int type, int dnsClass, long ttl, long rawTtl)
            throws DnsFormatException {
        if (type == DnsRecord.TYPE_OPT) {
            if (!name.equals(DnsName.ROOT)) {
                throw new DnsFormatException("EDNS with a name, at " + at);
            }
            at = end;
            return new DnsRecord.Edns(
                    dnsClass,
                    (int) (rawTtl >> 24),
                    (int) (rawTtl >> 16 & 0xff),
                    (rawTtl & 0x8000) != 0);
        }
        if (dnsClass != DnsRecord.CLASS_IN) {
            return new DnsRecord.Other(name, type, dnsClass, ttl, rest());
        }
        return switch (type) {
            case DnsRecord.TYPE_A -> address(name, ttl, 4);
            case DnsRecord.TYPE_AAAA -> address(name, ttl, 16);
            case DnsRecord.TYPE_CNAME -> new DnsRecord.Alias(name, ttl, name());
            case DnsRecord.TYPE_SOA ->
                    new DnsRecord.Soa(
                            name,
                            ttl,
                            name(),
                            name(),
                            number32(),
                            number32(),
                            number32(),
                            number32(),
                            number32());
            default -> new DnsRecord.Other(name, type, dnsClass, ttl, rest());
        };
    }

    /**
     * Java turns an IPv4-mapped IPv6 address into an IPv4 one. Such a record says nothing that may
     * be sent (RFC 4291 2.5.5.2 is for programs, not for packets), so that it stays bytes.
     */
    private DnsRecord address(DnsName name, long ttl, int length) throws DnsFormatException {
        if (end - at != length) {
            throw new DnsFormatException("an address of " + (end - at) + " bytes, at " + at);
        }
        byte[] raw = rest();
        try {
            InetAddress address = InetAddress.getByAddress(raw);
            return length == 16 && !(address instanceof Inet6Address)
                    ? new DnsRecord.Other(name, DnsRecord.TYPE_AAAA, DnsRecord.CLASS_IN, ttl, raw)
                    : new DnsRecord.Address(name, ttl, address);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // the length is right
        }
    }

    private byte[] rest() {
        byte[] rest = Arrays.copyOfRange(bytes, base + at, base + end);
        at = end;
        return rest;
    }

    private DnsName name() throws DnsFormatException {
        byte[] wire = new byte[DnsName.MAX_BYTES];
        int length = 0;
        int jumps = 0;
        int next = at;
        int begin = at; // of the labels being read: a pointer must point before it
        int after = -1; // where reading goes on after the name, once a pointer was met
        while (true) {
            int octet = octet(next);
            switch (octet >> 6) {
                case 0 -> {
                    if (length + 1 + octet + (octet == 0 ? 0 : 1) > DnsName.MAX_BYTES) {
                        throw new DnsFormatException("a name of more than 255 bytes, at " + at);
                    }
                    if (next + octet >= end) {
                        throw new DnsFormatException("a label beyond the end, at " + next);
                    }
                    System.arraycopy(bytes, base + next, wire, length, 1 + octet);
                    length += 1 + octet;
                    next += 1 + octet;
                    if (octet == 0) {
                        at = after < 0 ? next : after;
                        return new DnsName(Arrays.copyOf(wire, length));
                    }
                }
                case 3 -> {
                    int target = (octet & 0x3f) << 8 | octet(next + 1);
                    if (target < DnsMessage.HEADER_BYTES || target >= begin) {
                        throw new DnsFormatException("a pointer that is not backward, at " + next);
                    }
                    if (++jumps > MAX_JUMPS) {
                        throw new DnsFormatException("a name of too many pointers, at " + at);
                    }
                    after = after < 0 ? next + 2 : after;
                    begin = target;
                    next = target;
                }
                default -> throw new DnsFormatException("a label of unknown kind, at " + next);
            }
        }
    }

    private int octet(int position) throws DnsFormatException {
        if (position >= end) {
            throw new DnsFormatException("the message ends too early, at " + position);
        }
        return bytes[base + position] & 0xff;
    }

    private void need(int count) throws DnsFormatException {
        if (end - at < count) {
            throw new DnsFormatException("the message ends too early, at " + at);
        }
    }

    private int number16() throws DnsFormatException {
        need(2);
        int number = (bytes[base + at] & 0xff) << 8 | bytes[base + at + 1] & 0xff;
        at += 2;
        return number;
    }

    private long number32() throws DnsFormatException {
        return (long) number16() << 16 | number16();
    }
}
