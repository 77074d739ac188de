// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A resource record (RFC 1035 3.2.1). The types that a resolver of addresses needs have their own
 * form; all others are kept as bytes. Immutable.
 */
public sealed interface DnsRecord {
    /** The class Internet. */
    int CLASS_IN = 1;

    /** An IPv4 address. */
    int TYPE_A = 1;

    /** The canonical name of an alias. */
    int TYPE_CNAME = 5;

    /** The start of a zone. */
    int TYPE_SOA = 6;

    /** An IPv6 address (RFC 3596). */
    int TYPE_AAAA = 28;

    /** EDNS (RFC 6891). */
    int TYPE_OPT = 41;

    /**
     * The name that the record belongs to.
     *
     * @return its owner; the root for {@link Edns}
     */
    DnsName name();

    /**
     * For how long the record may be kept.
     *
     * @return seconds, 0 to 2^31 - 1; values beyond that count as 0 (RFC 2181 8)
     */
    long ttlSeconds();

    /**
     * An A or AAAA record.
     *
     * @param name its owner
     * @param ttlSeconds for how long it may be kept
     * @param address an IPv4 address for A, IPv6 for AAAA
     */
    record Address(DnsName name, long ttlSeconds, InetAddress address) implements DnsRecord {}

    /**
     * A CNAME record.
     *
     * @param name the alias
     * @param ttlSeconds for how long it may be kept
     * @param target the name that it stands for
     */
    record Alias(DnsName name, long ttlSeconds, DnsName target) implements DnsRecord {}

    /**
     * A SOA record. The numbers are unsigned 32-bit ones.
     *
     * @param name the zone
     * @param ttlSeconds for how long it may be kept
     * @param primary the primary server
     * @param mailbox who is responsible, as a name
     * @param serial the version of the zone
     * @param refresh seconds
     * @param retry seconds
     * @param expire seconds
     * @param minimum for how long a negative answer may be kept, in seconds (RFC 2308 4)
     */
    record Soa(
            DnsName name,
            long ttlSeconds,
            DnsName primary,
            DnsName mailbox,
            long serial,
            long refresh,
            long retry,
            long expire,
            long minimum)
            implements DnsRecord {
        /**
         * For how long a negative answer beside this record may be kept.
         *
         * @return seconds (RFC 2308 5)
         */
        long negativeTtlSeconds() {
            return Math.min(ttlSeconds, minimum);
        }
    }

    /**
     * The OPT record of EDNS. Its options are not kept.
     *
     * @param payloadBytes the longest UDP message that the sender takes
     * @param extendedCode the upper 8 bits of the response code
     * @param version 0 is the only one known
     * @param dnssecOk whether DNSSEC records are wanted
     */
    record Edns(int payloadBytes, int extendedCode, int version, boolean dnssecOk)
            implements DnsRecord {
        @Override
        public DnsName name() {
            return DnsName.ROOT;
        }

        @Override
        public long ttlSeconds() {
            return 0;
        }
    }

    /**
     * Any other record. Names inside its data may be compressed, so that the data is not to be
     * written into another message.
     *
     * @param name its owner
     * @param type its type
     * @param dnsClass its class
     * @param ttlSeconds for how long it may be kept
     * @param data its data as received
     */
    record Other(DnsName name, int type, int dnsClass, long ttlSeconds, byte[] data)
            implements DnsRecord {
        @Override
        public boolean equals(Object other) {
            return other instanceof Other that
                    && that.name.equals(name)
                    && that.type == type
                    && that.dnsClass == dnsClass
                    && that.ttlSeconds == ttlSeconds
                    && Arrays.equals(that.data, data);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + type;
        }

        @Override
        public String toString() {
            return "Other[" + name + " type " + type + ", " + data.length + " bytes]";
        }
    }
}
