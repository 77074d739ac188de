// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.relay.Entries.Entry;
import org.wgj.protocol.Endpoint;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The sessions of a relay as bytes. All integers are big-endian:
 *
 * <pre>
 *   "wgjr", version 1 (int), wall clock in ms (long)
 *   members (int), each: id (long), plane (UTF), address (byte: 0 none, 4, 6), IPv6 high (long),
 *       low (long), port (int), scope (int)
 *   entries (int), each: from and to (int, places in the list of members), index (int),
 *       whether "to" began the handshake (boolean), rest of its life in ms (int)
 *   CRC-32C of all before (int)
 * </pre>
 *
 * A snapshot leaves out unanswered initiations, which live for seconds.
 */
final class RelaySnapshot {
    private static final int MAGIC = 'w' << 24 | 'g' << 16 | 'j' << 8 | 'r';
    private static final int VERSION = 1;
    private static final int MAX_MEMBERS = 1 << 20;
    private static final long MILLI_NS = 1_000_000;

    private record Place(long id, String plane, Endpoint endpoint) {}

    private record Line(int from, int to, int index, boolean toIsCause, long expiresNs) {}

    private final List<Place> places = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();

    private RelaySnapshot() {}

    static byte[] write(Collection<Party> parties, Entries entries, long nowNs, long wallMillis) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            out.writeLong(wallMillis);
            Map<Party, Integer> numbers = new HashMap<>();
            out.writeInt(parties.size());
            for (Party party : parties) {
                numbers.put(party, numbers.size());
                out.writeLong(party.member.id());
                out.writeUTF(party.member.plane());
                write(party.endpoint, out);
            }
            List<Entry> kept = new ArrayList<>();
            entries.forEach(
                    entry -> {
                        if (entry.session && entry.expiresNs > nowNs) {
                            kept.add(entry);
                        }
                    });
            out.writeInt(kept.size());
            for (Entry entry : kept) {
                out.writeInt(numbers.get(entry.from));
                out.writeInt(numbers.get(entry.to));
                out.writeInt(entry.index);
                out.writeBoolean(entry.cause == entry.to);
                out.writeInt((int) ((entry.expiresNs - nowNs) / MILLI_NS));
            }
            out.writeInt(checksum(bytes.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(Endpoint endpointOrNull, DataOutputStream out) throws IOException {
        if (endpointOrNull == null) {
            out.writeByte(0);
            return;
        }
        out.writeByte(endpointOrNull.ipv6() ? 6 : 4);
        out.writeLong(endpointOrNull.high());
        out.writeLong(endpointOrNull.low());
        out.writeInt(endpointOrNull.port());
        out.writeInt(endpointOrNull.scopeId());
    }

    /**
     * @param maxEntries more are refused
     * @throws IllegalArgumentException if the bytes are not a whole snapshot
     */
    static RelaySnapshot read(byte[] bytes, long nowNs, long wallMillis, int maxEntries) {
        RelaySnapshot snapshot = new RelaySnapshot();
        int length = bytes.length - Integer.BYTES;
        if (length < 0) {
            throw new IllegalArgumentException("a snapshot of the relay is cut short");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readInt() != MAGIC || in.readInt() != VERSION) {
                throw new IllegalArgumentException("not a snapshot of a relay of version 1");
            }
            long pastNs = Math.max(0, wallMillis - in.readLong()) * MILLI_NS;
            int members = count(in, MAX_MEMBERS);
            for (int i = 0; i < members; i++) {
                snapshot.places.add(new Place(in.readLong(), in.readUTF(), readEndpoint(in)));
            }
            int entries = count(in, maxEntries);
            for (int i = 0; i < entries; i++) {
                snapshot.lines.add(
                        new Line(
                                place(in, members),
                                place(in, members),
                                in.readInt(),
                                in.readBoolean(),
                                nowNs + in.readInt() * MILLI_NS - pastNs));
            }
            if (in.available() != Integer.BYTES || in.readInt() != checksum(bytes, length)) {
                throw new IllegalArgumentException("a snapshot of the relay is damaged");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("a snapshot of the relay is cut short", e);
        }
        snapshot.lines.removeIf(line -> line.expiresNs <= nowNs);
        return snapshot;
    }

    private static int count(DataInputStream in, int most) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > most) {
            throw new IllegalArgumentException(
                    "a snapshot of the relay has " + count + " parts, more than " + most);
        }
        return count;
    }

    private static int place(DataInputStream in, int members) throws IOException {
        int place = in.readInt();
        if (place < 0 || place >= members) {
            throw new IllegalArgumentException("a snapshot of the relay is damaged");
        }
        return place;
    }

    private static Endpoint readEndpoint(DataInputStream in) throws IOException {
        int family = in.readByte();
        if (family == 0) {
            return null;
        }
        return new Endpoint(
                family == 6, in.readLong(), in.readLong(), in.readInt(), in.readInt(), 0, 0, 0);
    }

    /** Adds the entries of present members, and returns their addresses. */
    Map<RelayMember, Endpoint> into(Collection<Party> parties, Entries entries, RelayHost host) {
        Map<Long, Map<String, Party>> byId = new HashMap<>();
        for (Party party : parties) {
            byId.computeIfAbsent(party.member.id(), id -> new HashMap<>())
                    .put(party.member.plane(), party);
        }
        Map<RelayMember, Endpoint> seen = new LinkedHashMap<>();
        Party[] present = new Party[places.size()];
        for (int i = 0; i < present.length; i++) {
            Place place = places.get(i);
            present[i] = byId.getOrDefault(place.id, Map.of()).get(place.plane);
            if (present[i] != null && place.endpoint != null) {
                for (PublicKey key : present[i].keys()) {
                    seen.put(new RelayMember(place.id, place.plane, key), place.endpoint);
                }
            }
        }
        for (Line line : lines) {
            Party from = present[line.from];
            Party to = present[line.to];
            if (from != null && to != null && !host.ownsIndex(line.index)) {
                Party cause = line.toIsCause ? to : from;
                entries.add(new Entry(from, to, line.index, cause, true, line.expiresNs));
            }
        }
        return seen;
    }

    private static int checksum(byte[] bytes) {
        return checksum(bytes, bytes.length);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return (int) checksum.getValue();
    }
}
