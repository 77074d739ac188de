// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.protocol.IpText;
import org.wgj.quick.InPlace;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The names of a mesh's nodes in a file like /etc/hosts: one block between two comments. Each node
 * has the lines of its addresses in the first plane that it shares, with its name and with
 * NAME.MESH. All other lines stay byte for byte, and a name that one of them has is left to it: a
 * coordinator must not redefine what this machine knows, such as {@code localhost}.
 */
final class HostsFile {
    private static final Logger LOG = LoggerFactory.getLogger(HostsFile.class);

    /** A host name (RFC 1123 section 2.1); nothing else gets into the file. */
    private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

    private final Path file;
    private final String mesh;
    private final String begin;
    private final String end;
    private boolean told;

    /**
     * @param file /etc/hosts; it may be a link or mounted by itself
     * @param mesh the mesh's name
     */
    HostsFile(Path file, String mesh) {
        this.file = file;
        this.mesh = mesh;
        begin = "# wgj mesh " + mesh + ": written by wgj join --hosts, removed by wgj leave";
        end = "# wgj mesh " + mesh + ": end";
    }

    /** Writes the names of a map. A failure is logged once: a node goes on without names. */
    void update(MeshMap map) {
        try {
            replace(entries(map));
            told = false;
        } catch (IOException e) {
            if (!told) {
                told = true;
                LOG.warn("the names of the nodes are not in {}: {}", file, FileErrors.reason(e));
            }
        }
    }

    /**
     * Removes the block.
     *
     * @throws IOException if the file cannot be read or written; it is as before then
     */
    void remove() throws IOException {
        replace(List.of());
    }

    private List<List<String>> entries(MeshMap map) {
        List<List<String>> entries = new ArrayList<>();
        for (MapNode node : map.nodes().values()) {
            String name = node.name().toLowerCase(Locale.ROOT);
            if (!name.matches(LABEL)) {
                continue;
            }
            List<String> names =
                    mesh.matches(LABEL) ? List.of(name + "." + mesh, name) : List.of(name);
            Membership member = node.planes().get(map.planes().getFirst().name());
            for (InetAddress address :
                    member == null ? List.<InetAddress>of() : member.addresses()) {
                List<String> entry = new ArrayList<>(List.of(IpText.format(address)));
                entry.addAll(names);
                entries.add(entry);
            }
        }
        return entries;
    }

    private void replace(List<List<String>> entries) throws IOException {
        byte[] before;
        try {
            before = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            if (entries.isEmpty()) {
                return;
            }
            before = new byte[0];
        }
        String text = new String(before, StandardCharsets.ISO_8859_1); // one character a byte
        byte[] after = with(text, entries).getBytes(StandardCharsets.ISO_8859_1);
        if (!Arrays.equals(before, after)) {
            write(after);
        }
    }

    private String with(String text, List<List<String>> entries) throws IOException {
        String others = without(text);
        StringBuilder out = new StringBuilder(others);
        Set<String> taken = names(others);
        List<String> lines = new ArrayList<>();
        for (List<String> entry : entries) {
            List<String> free = new ArrayList<>(entry);
            free.subList(1, free.size()).removeIf(taken::contains);
            if (free.size() > 1) {
                lines.add(String.join(" ", free));
            }
        }
        if (lines.isEmpty()) {
            return others;
        }
        if (!others.isEmpty() && !others.endsWith("\n")) {
            out.append('\n');
        }
        out.append(begin).append('\n');
        lines.forEach(line -> out.append(line).append('\n'));
        return out.append(end).append('\n').toString();
    }

    /** Without our block. */
    private String without(String text) throws IOException {
        int from = text.startsWith(begin) ? 0 : text.indexOf("\n" + begin) + 1;
        if (from == 0 && !text.startsWith(begin)) {
            return text;
        }
        int to = text.indexOf("\n" + end, from);
        if (to < 0) {
            throw new IOException(
                    "the line \"" + end + "\" is missing: delete what is left of the block");
        }
        int next = text.indexOf('\n', to + 1);
        return text.substring(0, from) + (next < 0 ? "" : text.substring(next + 1));
    }

    private static Set<String> names(String text) {
        Set<String> names = new HashSet<>(Set.of("localhost"));
        for (String line : text.split("\n")) {
            String[] words = line.replaceFirst("#.*", "").strip().split("\\s+");
            for (int i = 1; i < words.length; i++) {
                names.add(words[i].toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }

    /** At once, by another file; or in place, where the file is mounted by itself. */
    private void write(byte[] content) throws IOException {
        Path real = Files.exists(file) ? file.toRealPath() : file;
        Path temporary = null;
        try {
            temporary = Files.createTempFile(real.getParent(), ".hosts", ".wgj");
            Files.write(temporary, content);
            if (Files.exists(real)) {
                PosixFileAttributes like = Files.readAttributes(real, PosixFileAttributes.class);
                Files.setPosixFilePermissions(temporary, like.permissions());
                Files.setAttribute(temporary, "unix:uid", Files.getAttribute(real, "unix:uid"));
                Files.setAttribute(temporary, "unix:gid", Files.getAttribute(real, "unix:gid"));
            } else {
                Files.setPosixFilePermissions(
                        temporary, PosixFilePermissions.fromString("rw-r--r--"));
            }
            Files.move(temporary, real, StandardCopyOption.ATOMIC_MOVE);
            return;
        } catch (IOException e) {
            LOG.debug("{} cannot be replaced, so it is written in place: {}", real, e.toString());
        } finally {
            if (temporary != null) {
                Files.deleteIfExists(temporary);
            }
        }
        InPlace.overwrite(real, content);
    }
}
