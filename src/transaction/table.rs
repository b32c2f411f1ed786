//! A slab with generations: transactions by number, so that a stale number finds nothing.

use super::ServerTx;

/// A transaction's number: the place in its table and how often the place was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl From<Place> for ServerTx {
    fn from(place: Place) -> ServerTx {
        ServerTx { index: place.index, generation: place.generation }
    }
}

impl From<ServerTx> for Place {
    fn from(tx: ServerTx) -> Place {
        Place { index: tx.index, generation: tx.generation }
    }
}

/// The transactions of one side.
#[derive(Debug)]
pub(super) struct Table<T> {
    cells: Vec<Cell<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Cell<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { cells: Vec::new(), free: Vec::new() }
    }
}

impl<T> Table<T> {
    pub(super) fn insert(&mut self, value: T) -> Place {
        if let Some(index) = self.free.pop()
            && let Some(cell) = self.cells.get_mut(index as usize)
        {
            cell.value = Some(value);
            return Place { index, generation: cell.generation };
        }
        // More than 2³² transactions do not fit in memory, so the index is never cut.
        let index = self.cells.len() as u32;
        self.cells.push(Cell { generation: 0, value: Some(value) });
        Place { index, generation: 0 }
    }

    pub(super) fn get(&self, place: Place) -> Option<&T> {
        let cell = self.cells.get(place.index as usize)?;
        cell.value.as_ref().filter(|_| cell.generation == place.generation)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        let cell = self.cells.get_mut(place.index as usize)?;
        let current = cell.generation == place.generation;
        cell.value.as_mut().filter(|_| current)
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<T> {
        let cell = self.cells.get_mut(place.index as usize)?;
        if cell.generation != place.generation {
            return None;
        }
        let value = cell.value.take()?;
        cell.generation = cell.generation.wrapping_add(1);
        self.free.push(place.index);
        Some(value)
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_place_finds_nothing() {
        let mut table = Table::default();
        let first = table.insert('a');
        assert_eq!(table.remove(first), Some('a'));
        let second = table.insert('b');
        assert_eq!((first.index, table.len()), (second.index, 1));
        assert_eq!(table.get(first), None);
        assert_eq!(table.get_mut(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.get(second), Some(&'b'));
    }
}
