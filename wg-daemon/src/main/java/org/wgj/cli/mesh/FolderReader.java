// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.mesh.doctor.MeshFile;
import org.wgj.tunnel.config.ConfigException;
import org.wgj.tunnel.config.ConfigParser;
import org.wgj.tunnel.config.QuickConfig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads the folder of a mesh: files of wg-quick, and rulesets of nft beside them. A file {@code
 * NAME.conf} is that of the node NAME; a file {@code NAME/wg0.conf} is one of several of it.
 */
final class FolderReader {
    private static final int MAX_DEPTH = 5;
    private static final int MAX_FILES = 10_000;
    private static final int MAX_RULESET = 1 << 20;
    private static final String SUFFIX = ".conf";
    private static final String RULESET = "nftables.conf";

    private FolderReader() {}

    /**
     * Reads all files; the caller wipes their keys.
     *
     * @throws IOException if there is no such folder, it cannot be read, or it has no files
     */
    static List<MeshFile> read(Path given) throws IOException {
        Path folder =
                given.toRealPath(); // links inside are not followed, as they may go in circles
        if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
            throw new IOException(
                    given + ": it cannot be read: try sudo, or ask its owner for a copy");
        }
        List<Path> paths;
        try (Stream<Path> files = Files.walk(folder, MAX_DEPTH)) {
            paths =
                    files.filter(FolderReader::isConfiguration)
                            .sorted()
                            .limit(MAX_FILES + 1L)
                            .toList();
        } catch (UncheckedIOException e) {
            throw new IOException(
                    e.getCause().getMessage() + ": it cannot be read: try sudo", e.getCause());
        }
        if (paths.isEmpty()) {
            throw new IOException(
                    given
                            + ": there is no file NAME.conf in it: name the folder that wgj mesh"
                            + " generate wrote, or one with the files of all nodes");
        }
        if (paths.size() > MAX_FILES) {
            throw new IOException(
                    "%s: more than %d files: name the folder of one mesh"
                            .formatted(given, MAX_FILES));
        }
        List<MeshFile> read = new ArrayList<>();
        for (Path path : paths) {
            read.add(read(folder, path));
        }
        return read;
    }

    private static boolean isConfiguration(Path path) {
        String name = path.getFileName().toString();
        return name.endsWith(SUFFIX) && !name.equals(RULESET) && Files.isRegularFile(path);
    }

    private static MeshFile read(Path folder, Path path) throws IOException {
        String label = folder.relativize(path).toString();
        String node = node(folder, path);
        MeshFile.Content content = null;
        String problem = null;
        if (Files.isReadable(path)) {
            try {
                content = content(path);
                if (content.device().privateKey() == null
                        && content.hooks().stream().noneMatch(h -> h.contains("private-key"))) {
                    problem = "it has no PrivateKey, and no command that sets one";
                }
            } catch (ConfigException e) {
                problem = e.getMessage();
            }
        }
        return new MeshFile(
                label, node, content, problem, isOpenToAll(path), ruleset(folder, path, node));
    }

    private static MeshFile.Content content(Path path) throws IOException {
        ConfigParser.Parsed parsed = ConfigParser.parseFile(path, true);
        QuickConfig quick = parsed.quick();
        List<String> hooks = new ArrayList<>();
        quick.preUp().forEach(hook -> hooks.add("PreUp = " + hook));
        quick.postUp().forEach(hook -> hooks.add("PostUp = " + hook));
        quick.preDown().forEach(hook -> hooks.add("PreDown = " + hook));
        quick.postDown().forEach(hook -> hooks.add("PostDown = " + hook));
        return new MeshFile.Content(
                stem(path),
                parsed.device(),
                quick.addresses().stream()
                        .map(cidr -> new MeshFile.Address(cidr.address(), cidr.length()))
                        .toList(),
                quick.mtu(),
                !(quick.table() instanceof QuickConfig.Table.Off),
                hooks);
    }

    private static String stem(Path path) {
        String name = path.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /** A file that is called like an interface belongs to the machine that its folder is. */
    private static String node(Path folder, Path path) {
        if (!stem(path).matches("wg[0-9]+")) {
            return folder.relativize(path).toString();
        }
        Path parent = folder.relativize(path).getParent();
        return parent == null ? "this folder" : parent.toString();
    }

    private static boolean isOpenToAll(Path path) throws IOException {
        try {
            return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_READ)
                    && Files.getPosixFilePermissions(path.toAbsolutePath().getParent())
                            .contains(PosixFilePermission.OTHERS_EXECUTE);
        } catch (UnsupportedOperationException e) {
            return false; // a file system without permissions
        }
    }

    /** Finds the rules of a machine: {@code NAME.nft}, or nftables.conf in the machine's folder. */
    private static String ruleset(Path folder, Path path, String node) throws IOException {
        boolean severalOfOne = stem(path).matches("wg[0-9]+");
        Path own = path.getParent();
        List<Path> places =
                severalOfOne
                        ? List.of(
                                folder.resolve(node + ".nft"),
                                own.resolve(RULESET),
                                own.resolve(own.getFileName() + ".nft"))
                        : List.of(own.resolve(stem(path) + ".nft"));
        for (Path place : places) {
            try {
                if (Files.size(place) <= MAX_RULESET && Files.isReadable(place)) {
                    return new String(Files.readAllBytes(place), StandardCharsets.UTF_8);
                }
            } catch (NoSuchFileException e) {
                continue; // the rules are not among these files
            }
        }
        return null;
    }
}
