// SPDX-License-Identifier: Apache-2.0
package org.wgj.claim;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.process.FileLock;
import org.wgj.tun.linux.FileOwner;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinuxSupport;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Says to the other processes of this user that this one runs a tunnel, from before its start to
 * its end. Each tunnel has a file, which its process keeps locked: the lock ends with the process,
 * however that ends, and the next one deletes the file.
 *
 * <pre>
 *   FOLDER/lock           held while files are looked at, made or changed
 *   FOLDER/HASH.RANDOM    process, command, public keys of the peers; HASH is of the own one
 *   FOLDER/RANDOM.sock    the socket for connections of other commands, if the owner opens it
 * </pre>
 *
 * <p>RANDOM, because containers that share a folder number their processes alike.
 *
 * <p>Where no folder can be written, tunnels run without a claim: it spares a user a mistake, and
 * must not keep a tunnel from running. Used by one thread.
 */
public final class TunnelClaim implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelClaim.class);

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int HASH_BYTES = 10;
    private static final String LOCK = "lock";
    private static final String PEER = "peer ";
    private static final String SOCKET = ".sock";

    private final String command;
    private final List<Path> folders;
    private final String suffix;
    private Path file; // null if there is no place for it
    private FileLock lock;

    private TunnelClaim(String command, List<Path> folders) {
        this.command = command.replaceAll("\\R", " ");
        this.folders = folders;
        suffix = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    }

    /**
     * Claims a tunnel.
     *
     * @param keys the tunnel's
     * @param command what the user has started, for messages of other processes
     * @param environment tells where the user's runtime folder is
     * @throws TunnelTakenException if another process of this user has claimed it
     */
    public static TunnelClaim take(TunnelKeys keys, String command, Map<String, String> environment)
            throws TunnelTakenException {
        List<Path> folders =
                LinuxSupport.isAvailable()
                        ? ClaimFolders.of(environment, Libc.geteuid())
                        : List.of();
        return take(keys, command, folders);
    }

    static TunnelClaim take(TunnelKeys keys, String command, List<Path> folders)
            throws TunnelTakenException {
        TunnelClaim claim = new TunnelClaim(command, folders);
        claim.change(keys);
        return claim;
    }

    /** Returns one that claims nothing. */
    public static TunnelClaim none() {
        return new TunnelClaim("", List.of());
    }

    /**
     * Returns the process that has claimed a tunnel, if one has.
     *
     * @param environment as in {@link #take}
     */
    public static Optional<RunningTunnel> find(TunnelKeys keys, Map<String, String> environment) {
        return LinuxSupport.isAvailable()
                ? find(keys, ClaimFolders.of(environment, Libc.geteuid()))
                : Optional.empty();
    }

    static Optional<RunningTunnel> find(TunnelKeys keys, List<Path> folders) {
        return Optional.ofNullable(new TunnelClaim("", folders).otherIn(folders, keys));
    }

    /**
     * Claims other keys instead.
     *
     * @throws TunnelTakenException if another process has claimed them; the claim stays as it was
     */
    public void change(TunnelKeys keys) throws TunnelTakenException {
        RunningTunnel other = otherIn(folders, keys);
        if (other != null) {
            throw new TunnelTakenException(other);
        }
        for (Path folder : file == null ? folders : List.of(file.getParent())) {
            try (FileLock _ = enter(folder)) {
                other = other(folder, keys); // another process may have been faster
                if (other != null) {
                    throw new TunnelTakenException(other);
                }
                publish(folder, keys);
                return;
            } catch (TunnelTakenException e) {
                throw e;
            } catch (IOException e) {
                LOG.debug("cannot tell of a tunnel in {}: {}", folder, e.getMessage());
            }
        }
    }

    /** Returns where a socket for other commands belongs; empty if there is no place for one. */
    public Optional<Path> socket() {
        return file == null ? Optional.empty() : Optional.of(socket(file));
    }

    private static Path socket(Path claim) {
        String name = claim.getFileName().toString();
        return claim.resolveSibling(name.substring(name.indexOf('.') + 1) + SOCKET);
    }

    private RunningTunnel otherIn(List<Path> places, TunnelKeys keys) {
        for (Path folder : places) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            try (FileLock _ = enter(folder)) {
                RunningTunnel other = other(folder, keys);
                if (other != null) {
                    return other;
                }
            } catch (IOException e) {
                LOG.debug("cannot look for tunnels in {}: {}", folder, e.getMessage());
            }
        }
        return null;
    }

    /** Makes the folder if it is missing, and locks it. No other user may put files there. */
    private static FileLock enter(Path folder) throws IOException {
        FileLock entered = FileLock.lock(folder.resolve(LOCK), PATIENCE);
        try {
            FileOwner.requireFolder(folder.getParent());
            return entered;
        } catch (IOException e) {
            entered.close();
            throw e;
        }
    }

    /** Returns the other process of the folder that has one of these sessions. */
    private RunningTunnel other(Path folder, TunnelKeys keys) throws IOException {
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, hash(keys.own()) + ".*")) {
            for (Path each : files) {
                RunningTunnel other = each.equals(file) ? null : read(each, keys);
                if (other != null) {
                    return other;
                }
            }
            return null;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Reads a claim, or deletes it if its process has ended. */
    private static RunningTunnel read(Path claim, TunnelKeys keys) throws IOException {
        try (FileLock stale = FileLock.tryLock(claim)) {
            if (stale != null) {
                Files.deleteIfExists(socket(claim));
                Files.deleteIfExists(claim);
                return null;
            }
        }
        List<String> lines;
        try {
            lines = Files.readAllLines(claim);
        } catch (NoSuchFileException e) {
            return null; // its tunnel has just ended
        }
        if (lines.size() < 2 || !lines.getFirst().matches("\\d{1,18}")) {
            return null;
        }
        boolean same =
                lines.stream()
                        .filter(line -> line.startsWith(PEER))
                        .map(line -> line.substring(PEER.length()))
                        .anyMatch(
                                key ->
                                        keys.peers().stream()
                                                .anyMatch(peer -> peer.toBase64().equals(key)));
        Path socket = socket(claim);
        return same
                ? new RunningTunnel(
                        lines.get(1),
                        Long.parseLong(lines.getFirst()),
                        Files.exists(socket) ? socket : null)
                : null;
    }

    private void publish(Path folder, TunnelKeys keys) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append(ProcessHandle.current().pid()).append('\n').append(command).append('\n');
        keys.peers().forEach(peer -> text.append(PEER).append(peer.toBase64()).append('\n'));
        Path next = folder.resolve(hash(keys.own()) + "." + suffix);
        if (next.equals(file)) {
            Files.writeString(file, text);
            return;
        }
        FileLock held = FileLock.tryLock(next);
        if (held == null) {
            throw new IOException(next + " is locked");
        }
        try {
            Files.writeString(next, text);
        } catch (IOException e) {
            try (held) {
                Files.deleteIfExists(next);
            }
            throw e;
        }
        try (FileLock _ = lock) { // nothing if this is the first file
            Path before = file;
            file = next;
            lock = held;
            if (before != null) {
                Files.deleteIfExists(before);
            }
        }
    }

    private static String hash(PublicKey key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.bytes());
            return HexFormat.of().formatHex(Arrays.copyOf(hash, HASH_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Withdraws the claim. */
    @Override
    public void close() {
        if (file == null) {
            return;
        }
        Path folder = file.getParent();
        try {
            try (FileLock _ = lock; // goes even if the file stays, which the next one deletes
                    FileLock _ = enter(folder)) {
                Files.deleteIfExists(file);
                if (isEmpty(folder)) {
                    Files.deleteIfExists(folder.resolve(LOCK));
                }
            }
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            LOG.trace("other tunnels run");
        } catch (IOException e) {
            LOG.debug("cannot delete {}: {}", file, e.getMessage());
        }
        file = null;
        lock = null;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.allMatch(each -> each.endsWith(LOCK));
        }
    }
}
