use super::*;

fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
    Area { left, top, right, bottom }
}

fn settings() -> nanodet::Settings {
    super::settings(crate::models::Manifest::embedded().model("nanodet").unwrap()).unwrap()
}

fn detection(class: usize, score: f32, area: Area) -> Detection {
    Detection { class, score, area }
}

fn face(score: f32, left: f32, top: f32) -> SeenFace {
    let area = area(left, top, left + 20.0, top + 20.0);
    SeenFace { face: Face { score, area, points: [area.centre(); 6] }, outline: None, parts: None }
}

#[test]
fn an_animal_that_may_be_two_things_is_one_animal() {
    let animal = area(0.0, 0.0, 100.0, 80.0);
    let found = vec![detection(15, 0.58, animal), detection(16, 0.37, area(2.0, 0.0, 100.0, 80.0))];
    let sight = arranged(found, vec![], &settings(), (200, 100));
    assert_eq!(sight.things, [Instance { class: 15, score: 0.58, area: animal, also: vec![(16, 0.37 / 0.58)] }]);
    let (horse, sheep, bench) = (17, 18, 13);
    let found = vec![detection(sheep, 0.4, animal), detection(horse, 0.3, animal), detection(bench, 0.3, animal)];
    let sight = arranged(found, vec![], &settings(), (200, 100));
    assert_eq!(sight.things, [Instance { class: sheep, score: 0.4, area: animal, also: vec![(horse, 0.75)] }], "hardly seen, but like it");
    assert!(sight.faint.is_empty());
    let found = vec![detection(horse, 0.7, animal), detection(16, 0.4, animal)];
    assert!(arranged(found, vec![], &settings(), (200, 100)).things[0].also.is_empty(), "much less sure");
}

#[test]
fn a_dog_that_looks_a_little_like_somebody_is_a_dog_and_its_walker_somebody() {
    let (dog, walker) = (area(0.0, 50.0, 100.0, 120.0), area(80.0, 0.0, 130.0, 120.0));
    let found = vec![detection(PERSON, 0.6, walker), detection(16, 0.56, dog), detection(PERSON, 0.37, area(1.0, 50.0, 99.0, 119.0))];
    let sight = arranged(found, vec![], &settings(), (200, 150));
    assert_eq!((sight.people.len(), sight.people[0].area, sight.things.len()), (1, walker, 1));
}

#[test]
fn the_head_of_a_horse_is_no_dog_and_a_dog_before_it_is_one() {
    let horse = detection(17, 0.7, area(0.0, 0.0, 200.0, 150.0));
    let found = |dog: Area| arranged(vec![horse, detection(16, 0.5, dog)], vec![], &settings(), (400, 200)).things.len();
    assert_eq!(found(area(0.0, 20.0, 110.0, 150.0)), 1);
    assert_eq!(found(area(20.0, 80.0, 70.0, 150.0)), 2, "much smaller");
    assert_eq!(found(area(120.0, 50.0, 330.0, 150.0)), 2, "beside it");
}

#[test]
fn what_is_hardly_seen_is_kept_for_who_asks() {
    let found = vec![
        detection(15, 0.7, area(0.0, 0.0, 100.0, 100.0)),
        detection(16, 0.3, area(5.0, 5.0, 100.0, 100.0)),
        detection(2, 0.3, area(150.0, 0.0, 250.0, 60.0)),
        detection(PERSON, 0.34, area(300.0, 0.0, 390.0, 60.0)),
    ];
    let sight = arranged(found, vec![], &settings(), (400, 200));
    assert_eq!((sight.things.len(), sight.faint.len(), sight.faint[0].class), (1, 1, 2));
}

#[test]
fn every_face_has_its_person() {
    let found = vec![
        detection(PERSON, 0.8, area(0.0, 0.0, 60.0, 200.0)),
        detection(PERSON, 0.25, area(100.0, 0.0, 160.0, 200.0)),
        detection(PERSON, 0.25, area(400.0, 0.0, 460.0, 200.0)),
    ];
    let faces = vec![face(0.9, 20.0, 10.0), face(0.6, 120.0, 12.0), face(0.9, 250.0, 30.0), face(0.55, 330.0, 30.0)];
    let sight = arranged(found, faces, &settings(), (500, 200));
    let lefts: Vec<f32> = sight.people.iter().map(|p| p.area.left).collect();
    assert_eq!(lefts, [0.0, 230.0, 100.0], "seen, by a sure face alone, by a faint box with a face");
    assert_eq!(sight.people[1].area.bottom, 170.0);
    assert_eq!(sight.faces.len(), 4, "a face without a person is still a face");
}

#[test]
fn two_faces_in_one_box_are_two_people() {
    let found = vec![detection(PERSON, 0.7, area(0.0, 0.0, 150.0, 200.0))];
    let sight = arranged(found, vec![face(0.9, 20.0, 10.0), face(0.9, 110.0, 10.0)], &settings(), (300, 200));
    assert_eq!(sight.people.len(), 2);
}

#[test]
fn a_piece_of_what_was_seen_whole_is_not_a_second_one() {
    let bus = detection(5, 0.9, area(0.0, 0.0, 500.0, 300.0));
    assert!(is_piece(&detection(5, 0.6, area(20.0, 20.0, 200.0, 200.0)), &[bus], 0.35));
    assert!(!is_piece(&detection(2, 0.6, area(20.0, 20.0, 200.0, 200.0)), &[bus], 0.35), "a car before the bus");
}
