// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes one message. Names are compressed where an equal ending was written before. */
final class MessageWriter {
    private static final int MAX_POINTER = 0x3fff;

    private byte[] out = new byte[DnsMessage.PLAIN_UDP_BYTES];
    private int at;
    private final Map<DnsName, Integer> written = new HashMap<>();

    byte[] write(DnsMessage message) {
        return write(message, Integer.MAX_VALUE);
    }

    byte[] write(DnsMessage message, int maxBytes) {
        number16(message.id());
        number16(
                (message.response() ? 0x8000 : 0)
                        | message.opcode() << 11
                        | (message.authoritative() ? 0x0400 : 0)
                        | (message.truncated() ? 0x0200 : 0)
                        | (message.recursionDesired() ? 0x0100 : 0)
                        | (message.recursionAvailable() ? 0x0080 : 0)
                        | message.headerCode());
        number16(message.questions().size());
        number16(message.answers().size());
        number16(message.authorities().size());
        number16(message.additionals().size());
        for (DnsQuestion question : message.questions()) {
            name(question.name());
            number16(question.type());
            number16(question.dnsClass());
        }
        records(message.answers());
        records(message.authorities());
        records(message.additionals());
        if (at > maxBytes) {
            throw new IllegalArgumentException("a message of " + at + " bytes");
        }
        return Arrays.copyOf(out, at);
    }

    private void records(List<DnsRecord> records) {
        for (DnsRecord record : records) {
            switch (record) {
                case DnsRecord.Address(var name, long ttl, var address) -> {
                    byte[] raw = address.getAddress();
                    int type = raw.length == 4 ? DnsRecord.TYPE_A : DnsRecord.TYPE_AAAA;
                    int lengthAt = begin(name, type, DnsRecord.CLASS_IN, ttl);
                    octets(raw);
                    end(lengthAt);
                }
                case DnsRecord.Alias(var name, long ttl, var target) -> {
                    int lengthAt = begin(name, DnsRecord.TYPE_CNAME, DnsRecord.CLASS_IN, ttl);
                    name(target);
                    end(lengthAt);
                }
                case DnsRecord.Soa soa -> {
                    int lengthAt =
                            begin(
                                    soa.name(),
                                    DnsRecord.TYPE_SOA,
                                    DnsRecord.CLASS_IN,
                                    soa.ttlSeconds());
                    name(soa.primary());
                    name(soa.mailbox());
                    number32(soa.serial());
                    number32(soa.refresh());
                    number32(soa.retry());
                    number32(soa.expire());
                    number32(soa.minimum());
                    end(lengthAt);
                }
                case DnsRecord.Edns edns -> {
                    long flags =
                            (long) edns.extendedCode() << 24
                                    | (long) edns.version() << 16
                                    | (edns.dnssecOk() ? 0x8000 : 0);
                    end(begin(DnsName.ROOT, DnsRecord.TYPE_OPT, edns.payloadBytes(), flags));
                }
                case DnsRecord.Other other ->
                        throw new IllegalArgumentException(
                                "its data may hold pointers into another message: " + other);
            }
        }
    }

    /** Writes all before the data; returns where the length of the data belongs. */
    private int begin(DnsName name, int type, int dnsClass, long ttl) {
        name(name);
        number16(type);
        number16(dnsClass);
        number32(ttl);
        number16(0);
        return at - 2;
    }

    private void end(int lengthAt) {
        int length = at - lengthAt - 2;
        out[lengthAt] = (byte) (length >> 8);
        out[lengthAt + 1] = (byte) length;
    }

    private void name(DnsName name) {
        byte[] wire = name.wire();
        for (int i = 0; wire[i] != 0; i += 1 + wire[i]) {
            DnsName ending = name.from(i);
            Integer earlier = written.get(ending);
            if (earlier != null) {
                number16(0xc000 | earlier);
                return;
            }
            if (at <= MAX_POINTER) {
                written.put(ending, at);
            }
            octets(Arrays.copyOfRange(wire, i, i + 1 + wire[i]));
        }
        octets(new byte[1]);
    }

    private void octets(byte[] bytes) {
        if (out.length - at < bytes.length) {
            out = Arrays.copyOf(out, Math.max(2 * out.length, at + bytes.length));
        }
        System.arraycopy(bytes, 0, out, at, bytes.length);
        at += bytes.length;
    }

    private void number16(int number) {
        octets(new byte[] {(byte) (number >> 8), (byte) number});
    }

    private void number32(long number) {
        number16((int) (number >> 16));
        number16((int) number);
    }
}
