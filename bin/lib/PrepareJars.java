// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Prepares third-party jars in place for the JVM's cache, which takes no classes of signed jars and
 * none older than Java 6. Removes signatures, and with them the checksums in the manifest, which
 * the JVM would parse at the first class (855 kB in Bouncy Castle's jar). Gives old classes the
 * stack maps that Java 6 introduced (JVMS 4.7.4), which also speeds up their verification. With
 * {@code --without-native} it also removes all native libraries, for programs that load them from a
 * folder. Other jars do not change.
 */
final class PrepareJars {
    private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
    private static final Pattern NATIVE = Pattern.compile(".+\\.(so|a|dll|dylib|jnilib)");
    private static final Pattern NONE = Pattern.compile("");
    private static final int JAVA_6 = 50;
    private static final int JAVA_8 = 52;

    private PrepareJars() {}

    public static void main(String[] jars) throws IOException {
        boolean withoutNative = jars.length > 0 && jars[0].equals("--without-native");
        for (int i = withoutNative ? 1 : 0; i < jars.length; i++) {
            prepare(Path.of(jars[i]), withoutNative ? NATIVE : NONE);
        }
    }

    private static void prepare(Path path, Pattern removed) throws IOException {
        Path prepared = path.resolveSibling(path.getFileName() + ".new");
        try {
            if (writePrepared(path, prepared, removed)) {
                Files.move(prepared, path, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(prepared); // on a full disk it would keep what is left
        }
    }

    /** Returns whether the copy differs from the jar. */
    private static boolean writePrepared(Path path, Path prepared, Pattern removed)
            throws IOException {
        boolean changed = false;
        try (JarFile jar = new JarFile(path.toFile(), false);
                URLClassLoader classes = new URLClassLoader(new URL[] {path.toUri().toURL()});
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(prepared))) {
            ClassFile classFile =
                    ClassFile.of(
                            StackMapsOption.GENERATE_STACK_MAPS,
                            ClassHierarchyResolverOption.of(
                                    ClassHierarchyResolver.ofResourceParsing(classes).cached()));
            for (var entries = jar.entries(); entries.hasMoreElements(); ) {
                JarEntry entry = entries.nextElement();
                if (SIGNATURE.matcher(entry.getName()).matches()
                        || removed.matcher(entry.getName()).matches()) {
                    changed = true;
                    continue;
                }
                byte[] bytes = jar.getInputStream(entry).readAllBytes();
                if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    changed |= !jar.getManifest().getEntries().isEmpty();
                    bytes = withoutChecksums(jar.getManifest());
                }
                if (entry.getName().endsWith(".class") && version(bytes) < JAVA_6) {
                    changed = true;
                    bytes = classFile.transformClass(classFile.parse(bytes), newer());
                }
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                out.putNextEntry(copy);
                out.write(bytes);
                out.closeEntry();
            }
        }
        return changed;
    }

    /** The manifest without the sections of single files. */
    private static byte[] withoutChecksums(Manifest manifest) throws IOException {
        Manifest shorter = new Manifest(manifest);
        shorter.getEntries().clear();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        shorter.write(out);
        return out.toByteArray();
    }

    /** The major version of a class file. */
    private static int version(byte[] classFile) {
        return (classFile[6] & 0xff) << 8 | classFile[7] & 0xff;
    }

    /** Stack maps are made for methods that are written anew, so all of them are, as they were. */
    private static ClassTransform newer() {
        return ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                .andThen(
                        (type, element) -> {
                            if (!(element instanceof ClassFileVersion)) {
                                type.with(element);
                            }
                        })
                .andThen(ClassTransform.endHandler(type -> type.withVersion(JAVA_8, 0)));
    }
}
