// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.Observation.ConfigView;
import org.wgj.tunnel.config.ConfigException;
import org.wgj.tunnel.config.ConfigFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;

/** Reads a configuration file, valid or not. */
public final class ConfigReader {
    private ConfigReader() {}

    public static ConfigView read(Path path) {
        ConfigFile config = null;
        String error = null;
        boolean ofProxy = false;
        try {
            // A bare name would be that of an interface.
            config = ConfigFile.read(path.getParent() == null ? "./" + path : path.toString());
        } catch (ConfigException e) {
            // A file that cannot be read or looked up is not a wrong file.
            error = Files.isReadable(path) || Files.notExists(path) ? e.getMessage() : null;
            ofProxy = error != null && ProxyFileReader.isOfProxy(path);
        } catch (IOException e) {
            error = path + ": " + e.getMessage();
        }
        if (ofProxy) {
            try {
                config = ProxyFileReader.read(path);
                error = null;
            } catch (IOException e) {
                error = e.getMessage();
            }
        }
        return new ConfigView(
                path,
                config,
                error,
                error != null && Files.notExists(path),
                config == null || config.device().privateKey() == null
                        ? null
                        : config.device().privateKey().publicKey(),
                isOpenToAll(path),
                modified(path),
                ofProxy);
    }

    private static boolean isOpenToAll(Path path) {
        try {
            Path real = path.toRealPath();
            if (!Files.getPosixFilePermissions(real).contains(PosixFilePermission.OTHERS_READ)) {
                return false;
            }
            for (Path folder = real.getParent(); folder != null; folder = folder.getParent()) {
                if (!Files.getPosixFilePermissions(folder)
                        .contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    return false;
                }
            }
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false; // what we cannot see is not open to all
        }
    }

    private static Instant modified(Path path) {
        try {
            return Files.getLastModifiedTime(path).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }
}
