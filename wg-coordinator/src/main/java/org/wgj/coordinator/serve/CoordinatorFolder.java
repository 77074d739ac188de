// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.wgj.coordinator.store.Store;
import org.wgj.coordinator.store.StoreException;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.JsonIn;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.OwnerFile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * A coordinator's folder, {@code coordinator} in the state folder. Only its user may look into it.
 *
 * <pre>
 *   key               the private key, base64
 *   settings.json     where the coordinator is reached, its UDP port, whether it relays
 *   store             where the store is: a file or a JDBC URL
 *   store.db          the store, if it is here
 *   coordinator.sock  the Unix socket of a running coordinator
 *   relay             the relay's sessions, without keys, for the next start
 *   mark              how far the store has come, to notice an older copy of it
 *   lock              held by the running coordinator
 * </pre>
 */
public final class CoordinatorFolder {
    private static final Set<PosixFilePermission> OWNER =
            PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OWNER_FILE =
            PosixFilePermissions.fromString("rw-------");
    private static final int MAX_BYTES = 64 << 10;
    private static final int MAX_ENDPOINTS = 8;

    private final Path folder;

    /**
     * The decisions of {@code mesh init}.
     *
     * @param endpoints where nodes reach the coordinator, 1 to 8
     * @param port the UDP port on this machine, 1 to 65535
     * @param relay whether it relays
     * @param relayLimits what its relay grants
     */
    public record Settings(
            List<HostPort> endpoints, int port, boolean relay, RelayLimits relayLimits) {
        public Settings {
            endpoints = List.copyOf(endpoints);
            if (endpoints.isEmpty() || endpoints.size() > MAX_ENDPOINTS) {
                throw new IllegalArgumentException("a coordinator has 1 to 8 endpoints");
            }
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("the port must be 1 to 65535");
            }
        }
    }

    private CoordinatorFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Names the folder of a state folder. The method reads and makes nothing.
     *
     * @param state the state folder
     * @return its coordinator's folder
     */
    public static CoordinatorFolder in(Path state) {
        return new CoordinatorFolder(state.toAbsolutePath().resolve("coordinator"));
    }

    /**
     * Returns the folder.
     *
     * @return an absolute path
     */
    public Path path() {
        return folder;
    }

    /**
     * Returns whether a coordinator was made here.
     *
     * @return true if there are settings
     * @throws IOException if this user may not look
     */
    public boolean exists() throws IOException {
        try {
            Files.readAttributes(settingsFile(), BasicFileAttributes.class);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * Makes the folder for a new coordinator, with a key and the place of the store, but without
     * settings: it is no coordinator's yet. A key that is there is kept.
     *
     * @param store a file or a JDBC URL
     * @return the new coordinator's key, which the caller owns
     * @throws IOException if the folder cannot be written
     */
    public PrivateKey prepare(String store) throws IOException {
        try {
            Files.createDirectories(folder.getParent());
        } catch (FileAlreadyExistsException e) { // a file, or a link that leads nowhere
            throw new NotDirectoryException(e.getFile());
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER));
        }
        write(folder.resolve("store"), store + "\n");
        if (!Files.exists(keyFile())) {
            PrivateKey fresh = PrivateKey.generate();
            write(keyFile(), fresh.toBase64() + "\n");
            fresh.wipe();
        }
        return key();
    }

    /**
     * Writes the settings, with which the folder is a coordinator's.
     *
     * @param settings its settings
     * @throws IOException if the folder cannot be written
     */
    public void create(Settings settings) throws IOException {
        JsonObject json = new JsonObject();
        JsonArray endpoints = new JsonArray();
        settings.endpoints().forEach(each -> endpoints.add(each.toString()));
        json.add("endpoints", endpoints);
        json.addProperty("port", settings.port());
        json.addProperty("relay", settings.relay());
        json.addProperty("relay_bytes", settings.relayLimits().totalBytesPerSecond());
        json.addProperty("relay_node_bytes", settings.relayLimits().memberBytesPerSecond());
        write(settingsFile(), json + "\n");
    }

    private Path keyFile() {
        return folder.resolve("key");
    }

    private Path settingsFile() {
        return folder.resolve("settings.json");
    }

    /**
     * Returns where the running coordinator listens.
     *
     * @return the path of a Unix socket
     */
    public Path socket() {
        return folder.resolve("coordinator.sock");
    }

    /**
     * Returns where the relay's sessions are kept.
     *
     * @return a path
     */
    public Path relayFile() {
        return folder.resolve("relay");
    }

    /**
     * Returns the file with the progress of the store.
     *
     * @return a path
     */
    public Path markFile() {
        return folder.resolve("mark");
    }

    /**
     * Reads the private key.
     *
     * @return a key that the caller owns
     * @throws IOException if there is none or it is damaged
     */
    public PrivateKey key() throws IOException {
        String text = read(keyFile()).strip();
        try {
            return PrivateKey.fromBase64(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    keyFile() + ": this is no private key: restore the file from a backup", e);
        }
    }

    /**
     * Reads the settings.
     *
     * @return the settings
     * @throws IOException if there are none or they are damaged
     */
    public Settings settings() throws IOException {
        class Draft {
            List<HostPort> endpoints;
            Long port;
            Boolean relay;
            long relayBytes;
            long relayNodeBytes;
        }
        Draft draft = new Draft();
        try {
            return JsonIn.read(
                    read(settingsFile()).getBytes(StandardCharsets.UTF_8),
                    MAX_BYTES,
                    in -> {
                        in.object(
                                name -> {
                                    switch (name) {
                                        case "endpoints" ->
                                                draft.endpoints =
                                                        in.list(MAX_ENDPOINTS, in::hostPort);
                                        case "port" -> draft.port = in.number(1, 65_535);
                                        case "relay" -> draft.relay = in.flag();
                                        case "relay_bytes" ->
                                                draft.relayBytes =
                                                        in.number(0, RelayLimits.MOST_BYTES);
                                        case "relay_node_bytes" ->
                                                draft.relayNodeBytes =
                                                        in.number(0, RelayLimits.MOST_BYTES);
                                        default -> {
                                            return false;
                                        }
                                    }
                                    return true;
                                });
                        return new Settings(
                                in.required(draft.endpoints, "endpoints"),
                                in.required(draft.port, "port").intValue(),
                                in.required(draft.relay, "relay"),
                                RelayLimits.DEFAULT.withBytes(
                                        draft.relayNodeBytes, draft.relayBytes));
                    });
        } catch (IllegalArgumentException e) {
            throw new IOException(settingsFile() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns where the store is.
     *
     * @return a file or a JDBC URL, for {@link Store#open(String)}
     * @throws IOException if there is no coordinator here
     */
    public String store() throws IOException {
        return read(folder.resolve("store")).strip();
    }

    /**
     * Opens the store, making it if it is a file that is not there.
     *
     * @return the store; the caller closes it
     * @throws IOException if it cannot be opened, or a running coordinator has it
     */
    public Store openStore() throws IOException {
        String location = store();
        try {
            return Store.open(location);
        } catch (StoreException e) {
            throw location.startsWith("/")
                    ? e
                    : new IOException(
                            e.getMessage() + " (its URL is in " + folder.resolve("store") + ")", e);
        }
    }

    /**
     * Takes the lock of the running coordinator.
     *
     * @return the lock; closing its channel releases it
     * @throws IOException if another process has it
     */
    public FileLock lock() throws IOException {
        Path file = folder.resolve("lock");
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(OWNER_FILE));
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new IOException(
                    folder + ": a coordinator runs here already: stop it, or give another --state");
        }
        return lock;
    }

    private static String read(Path file) throws IOException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException(file + ": the file is too long");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    file + ": there is no coordinator here: make one with wgj mesh init", e);
        }
    }

    private static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Replaces a file, so that after a crash it is the old or the new one, and whole. */
    static void write(Path file, byte[] bytes) throws IOException {
        OwnerFile.replace(file, bytes);
        OwnerFile.syncFolder(file.getParent());
    }
}
