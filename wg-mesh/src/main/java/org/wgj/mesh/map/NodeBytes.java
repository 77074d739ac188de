// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One node of a map as bytes, within this process. The hash of a map covers these bytes, so equal
 * nodes give equal bytes, and different nodes different ones.
 */
final class NodeBytes {
    /** A flag of the first byte that follows from the rest; told without reading it. */
    private static final int SPECIAL = 1;

    /** A flag of the first byte: the node takes no relay. */
    private static final int DIRECT_ONLY = 2;

    private NodeBytes() {}

    static byte[] write(MapNode node) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(160);
        try {
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeByte((isSpecial(node) ? SPECIAL : 0) | (node.directOnly() ? DIRECT_ONLY : 0));
            writeIdentity(out, node);
            out.writeBoolean(node.relay());
            out.writeBoolean(node.stock());
            writeBytes(out, node.signature().toArray());
            for (Membership member : node.planes().values()) {
                out.writeByte(member.candidates().size());
                for (Candidate candidate : member.candidates()) {
                    out.writeUTF(candidate.kind().name());
                    writeAddress(out, candidate.endpoint().getAddress());
                    out.writeShort(candidate.endpoint().getPort());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static boolean isSpecial(MapNode node) {
        return node.relay() || node.stock() || !node.routes().isEmpty();
    }

    static boolean isSpecial(byte[] bytes) {
        return (bytes[0] & SPECIAL) != 0;
    }

    static boolean isDirectOnly(byte[] bytes) {
        return (bytes[0] & DIRECT_ONLY) != 0;
    }

    /** Returns whether a node is in a plane, by its bytes; plane names are ASCII. */
    static boolean isIn(byte[] bytes, byte[] plane) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        in.position(1 + Long.BYTES);
        skip(in, in.getShort());
        for (int planes = in.getInt(); planes > 0; planes--) {
            int length = in.getShort();
            if (Arrays.equals(
                    bytes, in.position(), in.position() + length, plane, 0, plane.length)) {
                return true;
            }
            skip(in, length + PublicKey.LENGTH);
            skip(in, in.get() == 0 ? 0 : PublicKey.LENGTH);
            for (int addresses = in.getInt(); addresses > 0; addresses--) {
                skip(in, in.getInt());
            }
        }
        return false;
    }

    private static void skip(ByteBuffer in, int count) {
        in.position(in.position() + count);
    }

    /** Writes all that decides who may talk in a node's name. */
    static void writeIdentity(DataOutputStream out, MapNode node) throws IOException {
        out.writeLong(node.id());
        out.writeUTF(node.name());
        out.writeInt(node.planes().size());
        for (Map.Entry<String, Membership> plane : node.planes().entrySet()) {
            Membership member = plane.getValue();
            out.writeUTF(plane.getKey());
            out.write(member.key().bytes());
            out.writeBoolean(member.pendingKeyOrNull() != null);
            if (member.pendingKeyOrNull() != null) {
                out.write(member.pendingKeyOrNull().bytes());
            }
            writeAddresses(out, member.addresses());
        }
        writePrefixes(out, node.routes());
    }

    static void writeAddresses(DataOutputStream out, List<InetAddress> addresses)
            throws IOException {
        out.writeInt(addresses.size());
        for (InetAddress address : addresses) {
            writeBytes(out, address.getAddress());
        }
    }

    static void writePrefixes(DataOutputStream out, List<IpPrefix> prefixes) throws IOException {
        out.writeInt(prefixes.size());
        for (IpPrefix prefix : prefixes) {
            writeBytes(out, prefix.toString().getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void writeAddress(DataOutputStream out, InetAddress address) throws IOException {
        byte[] bytes = address.getAddress();
        out.writeByte(bytes.length);
        out.write(bytes);
    }

    // --- reading

    static MapNode read(byte[] bytes) {
        try {
            return read(new DataInputStream(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // this process wrote the bytes
        }
    }

    private static MapNode read(DataInputStream in) throws IOException {
        boolean directOnly = (in.readByte() & DIRECT_ONLY) != 0;
        long id = in.readLong();
        String name = in.readUTF();
        int planes = in.readInt();
        List<Draft> drafts = new ArrayList<>(planes);
        for (int i = 0; i < planes; i++) {
            String plane = in.readUTF().intern();
            PublicKey key = key(in);
            PublicKey pending = in.readBoolean() ? key(in) : null;
            drafts.add(new Draft(plane, key, pending, addresses(in)));
        }
        List<IpPrefix> routes = new ArrayList<>();
        for (int i = in.readInt(); i > 0; i--) {
            routes.add(
                    IpPrefix.parse(
                            new String(in.readNBytes(in.readInt()), StandardCharsets.US_ASCII)));
        }
        boolean relay = in.readBoolean();
        boolean stock = in.readBoolean();
        Bytes signature = Bytes.of(in.readNBytes(in.readInt()));
        TreeMap<String, Membership> members = new TreeMap<>();
        for (Draft draft : drafts) {
            members.put(
                    draft.plane,
                    new Membership(draft.key, draft.pending, draft.addresses, candidates(in)));
        }
        return new MapNode(id, name, members, routes, relay, directOnly, stock, signature);
    }

    private record Draft(
            String plane, PublicKey key, PublicKey pending, List<InetAddress> addresses) {}

    private static PublicKey key(DataInputStream in) throws IOException {
        return PublicKey.of(in.readNBytes(PublicKey.LENGTH));
    }

    private static List<InetAddress> addresses(DataInputStream in) throws IOException {
        List<InetAddress> addresses = new ArrayList<>(2);
        for (int i = in.readInt(); i > 0; i--) {
            addresses.add(InetAddress.getByAddress(in.readNBytes(in.readInt())));
        }
        return addresses;
    }

    private static List<Candidate> candidates(DataInputStream in) throws IOException {
        int count = in.readUnsignedByte();
        List<Candidate> candidates = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Candidate.Kind kind = Candidate.Kind.valueOf(in.readUTF());
            InetAddress address = InetAddress.getByAddress(in.readNBytes(in.readUnsignedByte()));
            candidates.add(
                    new Candidate(kind, new InetSocketAddress(address, in.readUnsignedShort())));
        }
        return candidates;
    }
}
