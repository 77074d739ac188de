// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The classes in our own jars. A build overwrites these jars, also those of a program that runs,
 * which then cannot load another class from them. All methods may be called from any thread.
 */
public final class OwnClasses {
    private static final Logger LOG = LoggerFactory.getLogger(OwnClasses.class);

    private static final String CLASS = ".class";

    /** These need a module that is loaded later, or never. */
    private static final String VECTORS = "org/wgj/crypto/aead/engine/Vector";

    /**
     * A start needs the processors more: even from the JVM's cache the classes take 50 ms of one.
     */
    private static final Duration AFTER_START = Duration.ofSeconds(2);

    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    private OwnClasses() {}

    /**
     * Loads them all, except those that compute with vectors, without initializing them.
     *
     * @throws IOException if a jar cannot be read
     * @throws LinkageError if a class cannot be loaded
     */
    public static void load() throws IOException {
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (path.endsWith(".jar")) {
                try (JarFile jar = new JarFile(path)) {
                    load(jar.stream().map(JarEntry::getName).toList());
                }
            }
        }
    }

    private static void load(List<String> entries) {
        for (String entry : entries) {
            if (entry.startsWith("org/wgj/")
                    && entry.endsWith(CLASS)
                    && !entry.startsWith(VECTORS)) {
                String name = entry.substring(0, entry.length() - CLASS.length());
                try {
                    Class.forName(name.replace('/', '.'), false, OwnClasses.class.getClassLoader());
                } catch (ClassNotFoundException e) {
                    throw new NoClassDefFoundError(e.getMessage());
                }
            }
        }
    }

    /** Loads them on a thread of its own, once and soon, for a program that stays. */
    static void loadInBackground() {
        if (BEGUN.compareAndSet(false, true)) {
            new Loader().start();
        }
    }

    /** Keeps no process from ending. */
    static final class Loader extends Thread {
        private Loader() {
            super("wgj-classes");
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                Thread.sleep(AFTER_START);
                load();
            } catch (InterruptedException e) {
                interrupt();
            } catch (IOException | LinkageError e) {
                LOG.debug("some classes could not be loaded beforehand", e);
            }
        }
    }
}
