//! The variables of one user while it runs.
//!
//! In: values drawn, or taken out of answers. Out: their bytes. Always holds: a slot that was cleared is empty, never
//! what an earlier answer gave; the memory is kept.

/// The variables of one user.
#[derive(Clone, Debug, Default)]
pub struct Slots(Vec<Slot>);

/// One value, or several of them one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    bytes: Vec<u8>,
    /// Where each value of a list ends.
    ends: Vec<usize>,
}

impl Slots {
    /// So many empty slots.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(vec![Slot::default(); count])
    }

    /// The value of a slot; empty when it has none.
    #[must_use]
    pub fn get(&self, slot: usize) -> &[u8] {
        &self.0[slot].bytes
    }

    /// A copy of what is in a slot.
    #[must_use]
    pub fn copy(&self, slot: usize) -> Slot {
        self.0[slot].clone()
    }

    /// Puts a copy in the place of what is in a slot.
    pub fn paste(&mut self, slot: usize, copy: &Slot) {
        self.0[slot].clone_from(copy);
    }

    /// Empties a slot.
    pub fn clear(&mut self, slot: usize) {
        self.0[slot].bytes.clear();
        self.0[slot].ends.clear();
    }

    /// Sets a slot to what `write` appends.
    pub fn set<T>(&mut self, slot: usize, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.clear(slot);
        write(&mut self.0[slot].bytes)
    }

    /// Takes a slot's memory out, to fill it from the others; [`Self::put`] brings it back.
    pub fn take(&mut self, slot: usize) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.0[slot].bytes);
        bytes.clear();
        bytes
    }

    /// Sets a slot to `bytes`.
    pub fn put(&mut self, slot: usize, bytes: Vec<u8>) {
        self.0[slot].bytes = bytes;
    }

    /// Appends a value to the list in a slot.
    pub fn push(&mut self, slot: usize, mut write: impl FnMut(&mut Vec<u8>)) {
        let Slot { bytes, ends } = &mut self.0[slot];
        write(bytes);
        ends.push(bytes.len());
    }

    /// How many values the list in a slot holds.
    #[must_use]
    pub fn count(&self, slot: usize) -> usize {
        self.0[slot].ends.len()
    }

    /// The values of a slot: of a list each, else the one there is.
    pub fn values(&self, slot: usize) -> impl Iterator<Item = &[u8]> {
        let Slot { bytes, ends } = &self.0[slot];
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let only = ends.is_empty().then_some(bytes.as_slice());
        starts.zip(ends).map(|(start, end)| &bytes[start..*end]).chain(only).filter(|value| !value.is_empty())
    }

    /// Value `index` of the list in a slot; nothing where it has fewer.
    #[must_use]
    pub fn item(&self, slot: usize, index: usize) -> &[u8] {
        let Slot { bytes, ends } = &self.0[slot];
        let Some(end) = ends.get(index).copied() else { return b"" };
        &bytes[index.checked_sub(1).map_or(0, |before| ends[before])..end]
    }

    /// Sets slot `to` to value `index` of the list in slot `from`. Whether there is one.
    pub fn pick(&mut self, from: usize, index: usize, to: usize) -> bool {
        let list = &self.0[from];
        let Some(end) = list.ends.get(index).copied() else { return false };
        let start = index.checked_sub(1).map_or(0, |before| list.ends[before]);
        let mut bytes = self.take(to);
        bytes.extend_from_slice(&self.0[from].bytes[start..end]);
        self.put(to, bytes);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gives_its_values_one_by_one() {
        let mut slots = Slots::new(2);
        ["a", "", "ccc"].iter().for_each(|value| slots.push(0, |out| out.extend_from_slice(value.as_bytes())));
        assert_eq!(slots.count(0), 3);
        let mut seen = Vec::new();
        for index in 0..4 {
            if slots.pick(0, index, 1) {
                seen.push(String::from_utf8(slots.get(1).to_vec()).unwrap());
            }
        }
        assert_eq!(seen, ["a", "", "ccc"]);
        assert_eq!([0, 1, 2, 3].map(|index| slots.item(0, index)), [&b"a"[..], b"", b"ccc", b""]);
        assert_eq!(slots.values(0).collect::<Vec<_>>(), [&b"a"[..], b"ccc"]);
        slots.set(1, |out| out.extend_from_slice(b"one"));
        assert_eq!(slots.values(1).collect::<Vec<_>>(), [b"one"]);
        slots.clear(0);
        assert_eq!((slots.count(0), slots.get(0)), (0, &b""[..]));
    }
}
